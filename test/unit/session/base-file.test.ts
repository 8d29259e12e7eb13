import { describe, expect, test } from "vitest";
import { BaseFileError } from "../../../core/base-file/base-file.ts";
import { importBase, readBaseFileHead } from "../../../core/base-file/read-base-file.ts";
import { entriesOf, writeBaseFile } from "../../../core/base-file/write-base-file.ts";
import type { BaseEntry, BaseIdentity } from "../../../core/session/ports.ts";
import { Environment } from "../../support/models/environment.ts";
import { BaseTable, ModelBaseStore } from "../../support/models/model-base-store.ts";

const IDENTITY: BaseIdentity = {
  incarnation: "one",
  collection: "items",
  scopeId: "all",
  projectionId: "whole",
  local: { storageKey: "https://shop.example", bucket: "", database: "\ud800shop", store: "items" },
};
const KNOWN = { databaseVersion: 3, keyPath: "id", autoIncrement: false };
const keyOf = (n: number): Uint8Array => Uint8Array.of(0x10, n >> 8, n & 0xff);
const ENTRIES: readonly BaseEntry[] = Array.from({ length: 9000 }, (_, n) =>
  n % 4 === 0
    ? { key: keyOf(n), state: "deleted" as const, token: `2.${n}` }
    : n % 4 === 1
      ? { key: keyOf(n), state: "noBase" as const }
      : {
          key: keyOf(n),
          state: "present" as const,
          digest: new Uint8Array(16).fill((n % 250) + 1),
          token: `1.${n}`,
          ...(n % 4 === 2 ? { body: `{"text":"größer\\n\u2028 ${n}"}` } : {}),
        },
);

function makeStore(identity = IDENTITY) {
  const table = new BaseTable();
  const store = new ModelBaseStore(table, new Environment(), identity);
  const discard = async (): Promise<void> => {
    for (const key of table.rows.keys()) table.rows.delete(key);
    table.completeAt = undefined;
  };
  return { store, discard };
}

async function exported(): Promise<string> {
  const { store } = makeStore();
  await store.write(ENTRIES);
  let text = "";
  for await (const part of writeBaseFile(
    { identity: IDENTITY, completeAt: 7, known: KNOWN },
    entriesOf(store),
  )) {
    text += part;
  }
  return text;
}

/** In parts that end anywhere. */
const sourceOf = (text: string) =>
  async function* () {
    for (let at = 0; at < text.length; at += 1237) yield text.slice(at, at + 1237);
  };

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BaseFileError)) throw new Error(`expected a BaseFileError, got ${error}`);
  return error.code;
}

describe("a base's file", () => {
  test("brings the whole base to another place, in the stead of what was there", async () => {
    const text = await exported();
    const { store, discard } = makeStore();
    await store.write([{ key: keyOf(20_000), state: "absent" }]);
    expect(await importBase(sourceOf(text), store, discard)).toBe(ENTRIES.length);
    expect(await store.read([...ENTRIES.map(({ key }) => key), keyOf(20_000)])).toEqual([
      ...ENTRIES,
      undefined,
    ]);
    expect(await store.completeAt()).toBe(7);
    expect(await store.knownSides()).toEqual(KNOWN);
    expect((await readBaseFileHead(sourceOf(text))).identity).toEqual(IDENTITY);
  });

  test("of anything else, cut off, changed or of a later version is refused before anything is written", async () => {
    const text = await exported();
    const lines = text.trimEnd().split("\n");
    const changed = (at: number, line: string): string =>
      lines.map((old, i) => (i === at ? line : old)).join("\n");
    const cases: readonly (readonly [string, string])[] = [
      ["", "malformed-file"],
      ["{}", "malformed-file"],
      ["PK\u0003\u0004", "malformed-file"],
      [text.slice(0, -2), "malformed-file"],
      [lines.slice(0, -1).join("\n"), "malformed-file"],
      [lines.filter((_line, i) => i !== 5).join("\n"), "malformed-file"],
      [`${text}{}\n`, "malformed-file"],
      [changed(0, lines[0]?.replace('"format":1', '"format":2') ?? ""), "newer-file"],
      [changed(0, lines[0]?.replace('"one"', '"two"') ?? ""), "other-base"],
      [changed(0, lines[0]?.replace("shop.example", "shop.evil") ?? ""), "other-base"],
      [changed(5, lines[4] ?? ""), "malformed-file"],
      [changed(5, '{"key":"zz","state":"absent"}'), "malformed-file"],
      [changed(5, '{"key":"100004","state":"present"}'), "malformed-file"],
      [changed(5, '{"key":"100004","state":"absent","body":"1"}'), "malformed-file"],
      [changed(5, '{"key":"100004","state":"gone"}'), "malformed-file"],
      [text.replace('"damaged":0', '"damaged":1'), "incomplete-file"],
    ];
    for (const [file, code] of cases) {
      const { store, discard } = makeStore();
      await store.write([{ key: keyOf(1), state: "absent" }]);
      expect([file.slice(0, 40), await codeOf(importBase(sourceOf(file), store, discard))]).toEqual([
        file.slice(0, 40),
        code,
      ]);
      expect(await store.read([keyOf(1), keyOf(2)])).toEqual([{ key: keyOf(1), state: "absent" }, undefined]);
    }
  });
});
