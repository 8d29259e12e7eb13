import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Journal } from "../../../bridge/journal/journal.ts";
import type { Conclusion, Intent } from "../../../bridge/journal/journal-records.ts";
import type { StoredPreimage } from "../../../core/protocol/stored.ts";

let folder: string;
let journals: Journal[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-journal-"));
  journals = [];
});
afterEach(async () => {
  for (const journal of journals) await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(
  ...rest: ConstructorParameters<typeof Journal> extends [string, ...infer Rest] ? Rest : never
): Journal {
  const journal = new Journal(folder, ...rest);
  journals.push(journal);
  return journal;
}

const apply = { connection: "local", collection: "shop", applyId: "apply-1" };

const intent = (opId: string, body = "old"): Intent => ({
  opId,
  before: {
    key: new TextEncoder().encode(opId),
    state: "present",
    token: "1.x",
    digest: new Uint8Array(16).fill(7),
    body: new TextEncoder().encode(body),
  },
  token: `2.${opId}`,
  digest: new Uint8Array(16).fill(9),
});

async function preimages(journal: Journal, of = apply): Promise<StoredPreimage[]> {
  const all: StoredPreimage[] = [];
  for await (const chunk of journal.preimages(of)) all.push(...chunk);
  return all;
}

const files = (): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".journal"))
    .map((name) => join(folder, name));

describe("the journal", () => {
  test("is on the disk, for the owner alone, once an intent resolves", async () => {
    await open().intend(apply, [intent("a"), intent("b")], false);
    const [file = ""] = files();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "local")).mode & 0o777).toBe(0o700);
    // Another process reads it without the first being closed.
    expect(await preimages(open())).toEqual(
      [intent("a"), intent("b")].map(({ opId, before, token }) => ({ opId, before, token })),
    );
  });

  test("knows what became of operations, across attempts and restarts", async () => {
    const first = open();
    await first.intend(apply, [intent("a"), intent("b"), intent("c"), intent("d")], false);
    await first.conclude(
      apply,
      new Map<string, Conclusion>([
        ["a", { is: "applied" }],
        ["b", { is: "never" }],
        ["c", { is: "rejected" }],
      ]),
    );
    await first.close();
    const second = open();
    await second.intend(apply, [intent("c")], false);
    const fates = await second.fates(apply, new Set(["a", "b", "c", "d", "unheard of"]));
    expect(fates.complete).toBe(true);
    expect(fates.of).toEqual(
      new Map([
        ["a", { attempts: 1, proven: "applied" }],
        ["b", { attempts: 1, proven: "never" }],
        ["c", { attempts: 2, proven: undefined }],
        ["d", { attempts: 1, proven: undefined }],
      ]),
    );
    expect(await second.fates({ ...apply, applyId: "another" }, new Set(["a"]))).toEqual({
      complete: false,
      of: new Map(),
    });
    // b never applied; c may have, with its second attempt.
    expect((await preimages(second)).map(({ opId, token }) => [opId, token])).toEqual([
      ["a", "2.a"],
      ["b", undefined],
      ["c", "2.c"],
      ["d", "2.d"],
    ]);
  });

  test("that starts with a settled operation does not know what was sent before", async () => {
    const journal = open();
    await journal.conclude(apply, new Map<string, Conclusion>([["a", { is: "never" }]]));
    expect(files()).toEqual([]);
    await journal.intend(apply, [intent("b")], true);
    await journal.intend(apply, [intent("c")], false);
    const fates = await journal.fates(apply, new Set(["a", "b"]));
    expect(fates).toEqual({ complete: false, of: new Map([["b", { attempts: 1, proven: undefined }]]) });
  });

  test("leaves out a torn tail at every length, and goes on after it", async () => {
    const journal = open();
    await journal.intend(apply, [intent("a")], false);
    const [file = ""] = files();
    const whole = statSync(file).size;
    await journal.intend(apply, [intent("b")], false);
    await journal.close();
    const full = readFileSync(file);
    for (const length of [whole + 1, whole + 7, whole + 8, whole + 9, full.length - 1]) {
      writeFileSync(file, full);
      truncateSync(file, length);
      expect((await preimages(open())).map(({ opId }) => opId)).toEqual(["a"]);
      const next = open();
      await next.intend(apply, [intent("c")], false);
      await next.close();
      expect((await preimages(open())).map(({ opId }) => opId)).toEqual(["a", "c"]);
    }
    // Length on the disk before its bytes: a tail of zeros.
    writeFileSync(file, full.subarray(0, whole));
    appendFileSync(
      file,
      Buffer.concat([full.subarray(whole, whole + 8), Buffer.alloc(full.length - whole - 8)]),
    );
    expect((await preimages(open())).map(({ opId }) => opId)).toEqual(["a"]);
  });

  test("says where it is damaged in the middle, and is not written to", async () => {
    const journal = open();
    await journal.intend(apply, [intent("a")], false);
    const [file = ""] = files();
    const at = statSync(file).size;
    await journal.intend(apply, [intent("b")], false);
    await journal.intend(apply, [intent("c")], false);
    await journal.close();
    const bytes = readFileSync(file);
    bytes[at + 20] = (bytes[at + 20] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const damaged = expect.objectContaining({
      code: "journal-failed",
      message: expect.stringContaining(`byte ${at}`),
    });
    await expect(preimages(open())).rejects.toEqual(damaged);
    await expect(open().intend(apply, [intent("d")], false)).rejects.toEqual(damaged);
    expect(statSync(file).size).toBe(bytes.length);
  });

  test("keeps many appends at once in order", async () => {
    const journal = open();
    const ids = Array.from({ length: 200 }, (_, i) => `op-${i}`);
    await Promise.all(ids.map((id) => journal.intend(apply, [intent(id)], false)));
    expect((await preimages(journal)).map(({ opId }) => opId)).toEqual(ids);
  });

  test("keeps applies and collections apart, more of them than files stay open", async () => {
    const journal = open();
    const all = Array.from({ length: 80 }, (_, i) => ({
      ...apply,
      applyId: `apply-${i % 40}`,
      collection: i < 40 ? "shop" : "Shop",
    }));
    for (const round of [0, 1]) {
      await Promise.all(all.map((one, i) => journal.intend(one, [intent(`${round}-${i}`)], false)));
    }
    for (const [i, one] of all.entries()) {
      expect((await preimages(journal, one)).map(({ opId }) => opId)).toEqual([`0-${i}`, `1-${i}`]);
    }
  });

  test("refuses a file that is of something else", async () => {
    const journal = open();
    await journal.intend(apply, [intent("a")], false);
    await journal.close();
    const [file = ""] = files();
    writeFileSync(file.replace("apply-1", "apply-2"), readFileSync(file));
    await expect(preimages(open(), { ...apply, applyId: "apply-2" })).rejects.toMatchObject({
      code: "journal-failed",
    });
  });

  test("drops what is too old, then the oldest while it is too large, and tells its size", async () => {
    const now = Date.parse("2026-01-31");
    const day = 24 * 60 * 60;
    const journal = open({ days: 10, bytes: 1_000_000 });
    for (const [i, age] of [20, 5, 4, 3, 2].entries()) {
      await journal.intend(
        { ...apply, applyId: `age-${age}` },
        [intent("a", "x".repeat(i === 0 ? 10 : 400_000))],
        false,
      );
      await journal.conclude(
        { ...apply, applyId: `age-${age}` },
        new Map([["a", { is: "applied" as const }]]),
      );
    }
    await journal.close();
    for (const file of files()) {
      const age = Number(/age-(\d+)/.exec(file)?.[1]);
      utimesSync(file, now / 1000 - age * day, now / 1000 - age * day);
    }
    const next = open({ days: 10, bytes: 1_000_000 });
    expect((await next.size()).applies).toBe(5);
    await next.prune(now);
    expect(
      files()
        .map((file) => /age-(\d+)/.exec(file)?.[1])
        .sort(),
    ).toEqual(["2", "3"]);
    const { applies, bytes } = await next.size();
    expect(applies).toBe(2);
    expect(bytes).toBeGreaterThan(800_000);
    expect(bytes).toBeLessThan(1_000_000);
  });

  test("keeps what is not settled or damaged, whatever its age, and tells which that is", async () => {
    const journal = open({ days: 1, bytes: 1 });
    const of = (applyId: string) => ({ ...apply, applyId });
    const about = async () => ({ origin: "https://shop.example", writer: "panel-1", startedAt: 5 });
    await journal.intend(of("settled"), [intent("a"), intent("b")], false, about);
    await journal.conclude(
      of("settled"),
      new Map<string, Conclusion>([
        ["a", { is: "applied" }],
        ["b", { is: "never" }],
      ]),
    );
    await journal.intend(of("unknown"), [intent("a"), intent("b")], false);
    await journal.conclude(of("unknown"), new Map([["a", { is: "applied" as const }]]));
    await journal.intend(of("retried"), [intent("a")], false);
    await journal.intend(of("retried"), [intent("a")], true);
    await journal.conclude(of("retried"), new Map([["a", { is: "rejected" as const }]]));
    for (const op of ["a", "b", "c"]) await journal.intend(of("damaged"), [intent(op)], false);
    await journal.close();
    const damaged = files().find((file) => file.includes("damaged")) ?? "";
    const bytes = readFileSync(damaged);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(damaged, bytes);

    const next = open({ days: 1, bytes: 1 });
    const listed = await next.list();
    expect(
      Object.fromEntries(listed.map(({ path, state }) => [/(\w+)\.journal/.exec(path)?.[1], state])),
    ).toEqual({
      settled: "settled",
      unknown: "unsettled",
      retried: "unsettled",
      damaged: "damaged",
    });
    expect(listed.find(({ state }) => state === "settled")).toMatchObject({
      header: { ...of("settled"), origin: "https://shop.example", writer: "panel-1", startedAt: 5 },
      operations: 2,
    });
    expect(listed.find(({ state }) => state === "damaged")?.problem).toContain("damaged at byte");
    await next.prune(Date.now() + 1e12);
    expect(
      files()
        .map((file) => /(\w+)\.journal/.exec(file)?.[1])
        .sort(),
    ).toEqual(["damaged", "retried", "unknown"]);
  });
});
