import { randomBytes, randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { RemoteWrite } from "../../../core/session/ports.ts";
import { settled } from "../../servers/suites/settled.ts";
import {
  type Bed,
  create,
  freshStore,
  hexKey,
  keyBytes,
  put,
  readAll,
  readOne,
  scanAll,
  tokenOf,
  writeOne,
} from "./bed.ts";

/** Keys of every type and bodies of every size come back as they went. */
export function valuesPage(bed: () => Bed): void {
  describe("keys and bodies", () => {
    test("keys of all types, in IndexedDB's order", async () => {
      const { store } = await freshStore(bed());
      // Already in IndexedDB's order.
      const keys: unknown[] = [
        Number.NEGATIVE_INFINITY,
        -1e308,
        -1,
        -5e-324,
        0,
        5e-324,
        1,
        1.5,
        1e308,
        Number.POSITIVE_INFINITY,
        new Date(-8.64e15),
        new Date(0),
        new Date(8.64e15),
        "",
        "\0",
        "\0\0",
        "\u0001",
        "a",
        "a\0",
        "aa",
        "é",
        "\ud7ff",
        "\ud800",
        "\ud83d\ude00",
        "\udfff",
        "\uffff",
        new ArrayBuffer(0),
        new Uint8Array([0]).buffer,
        new Uint8Array([0, 0]).buffer,
        new Uint8Array([255]).buffer,
        [],
        [[]],
        [[], 1],
        [1],
        [1, "a"],
        [new Date(0)],
        ["a", ["b", [2]]],
        [new Uint8Array([1]).buffer],
      ];
      const encoded = keys.map(hexKey);
      const sorted = [...encoded].sort();
      const outcomes = await store.write(
        keys.map((key, i) => create(key, i)),
        { applyId: randomUUID() },
      );
      expect(outcomes.map(({ status }) => status)).toEqual(keys.map(() => "applied"));
      expect((await scanAll(store)).map(({ key }) => key)).toEqual(sorted);
      const records = await readAll(store, keys);
      records.forEach(({ body }, i) => {
        expect(body).toBe((create(keys[i], i).write as { body: string }).body);
      });
      // 0 and -0 are one key (decision 10).
      expect((await writeOne(store, create(-0, "again"))).status).toBe("conflict");
    });

    test("a key of 100,000 bytes, or as long as it may be", async () => {
      const { store } = await freshStore(bed());
      const overhead = keyBytes("").length;
      const bytesEach = keyBytes("k").length - overhead;
      const fitting = Math.floor(((store.capabilities.maxKeyBytes ?? Infinity) - overhead) / bytesEach);
      const key = "k".repeat(Math.min(100_000, fitting));
      const token = tokenOf(await writeOne(store, create(key, 1)));
      await writeOne(store, create("small", 2));
      expect((await scanAll(store)).map(({ token }) => token)).toContain(token);
      expect(await scanAll(store, { after: keyBytes(key) })).toMatchObject([{ key: hexKey("small") }]);
    });

    test("bodies of 5 MB, several in one call", async () => {
      const { store } = await freshStore(bed());
      const texts = Array.from({ length: 4 }, () => randomBytes(2_500_000).toString("hex"));
      const operations = texts.map((text, i) => create(i, { text }));
      const applyId = randomUUID();
      const outcomes = await store.write(operations, { applyId });
      // A busy server does not answer for each in time: then it has to be found out, or, without versions, looked at.
      const isOpen = (_: RemoteWrite, at: number): boolean => outcomes[at]?.status === "unknown";
      const open = store.capabilities.canFence ? operations.filter(isOpen) : [];
      const certain = await settled(store, open, applyId);
      const statuses = outcomes.map(({ opId, status }) => certain.get(opId) ?? status);
      const allowed = store.capabilities.canFence ? ["applied"] : ["applied", "unknown"];
      expect(statuses.filter((status) => !allowed.includes(status))).toEqual([]);
      const bodies: (string | undefined)[] = [];
      for await (const chunk of store.read(operations.map(({ key }) => key))) {
        bodies.push(...chunk.map(({ body }) => body));
      }
      expect(bodies.map((body) => body?.length)).toEqual(
        operations.map(({ write }) => (write as { body: string }).body.length),
      );
      expect(bodies.every((body, i) => body === put({ text: texts[i] }).body)).toBe(true);
      // A conflict carries the whole record, of whatever size.
      const conflict = await writeOne(store, create(0, "small"));
      expect(conflict.status === "conflict" && conflict.current.body === bodies[0]).toBe(true);
    }, 600_000);

    test("a body or key that is too large is refused, and its neighbours are not", async () => {
      const { store } = await freshStore(bed());
      const { maxBodyBytes, maxKeyBytes } = store.capabilities;
      const tooLong = {
        ...create("long", 1),
        write: { body: "x".repeat((maxBodyBytes ?? 0) + 1), digest: new Uint8Array(16) },
      };
      const operations = [
        create("a", 1),
        tooLong,
        create("k".repeat((maxKeyBytes ?? 0) + 1), 1),
        create("b", 1),
      ];
      const outcomes = await store.write(operations, { applyId: randomUUID() });
      expect(outcomes.map(({ status }) => status)).toEqual(["applied", "rejected", "rejected", "applied"]);
      expect(outcomes[1]).toMatchObject({ code: "too-large" });
      expect(outcomes[2]).toMatchObject({ code: "too-large" });
      expect((await readOne(store, "long")).state).toBe("absent");
    });

    test("text of every script, NUL and quotes", async () => {
      const { store } = await freshStore(bed());
      const value = { a: "\0 ' \" \\ \u2028 日本語 עברית 😀", b: "\ud800 alone" };
      const operation = create("a", value);
      await writeOne(store, operation);
      expect(await readOne(store, "a")).toMatchObject({ ...(operation.write as object) });
    });
  });
}
