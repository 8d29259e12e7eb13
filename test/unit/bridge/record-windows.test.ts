import { expect, test } from "vitest";
import type { BackendRecord } from "../../../bridge/backends/backend.ts";
import { keyText } from "../../../bridge/backends/shared/key-text.ts";
import { type FoundWindow, readInWindows } from "../../../bridge/backends/shared/record-windows.ts";
import { keyBytes } from "../../conformance/suite/bed.ts";

const keys = Array.from({ length: 100 }, (_, i) => keyBytes(i));
const ALL_AT_ONCE = { first: 1000, most: 1000 };

/** A server whose answers have room for so many records; every third key is absent. */
function server(room: number) {
  const asked: number[] = [];
  const find = async (some: readonly Uint8Array[]): Promise<FoundWindow> => {
    asked.push(some.length);
    const found = new Map<string, BackendRecord | "later">();
    for (const key of some) {
      if (keys.findIndex((one) => keyText(one) === keyText(key)) % 3 === 0) continue;
      found.set(keyText(key), found.size < room ? { key, state: "deleted", token: "1.x" } : "later");
    }
    return found;
  };
  return { asked, find };
}

async function statesOf(find: (keys: readonly Uint8Array[]) => Promise<FoundWindow>): Promise<string[]> {
  const states: string[] = [];
  for await (const chunk of readInWindows(keys, find, new AbortController().signal, ALL_AT_ONCE)) {
    for (const { key, state } of chunk) {
      expect(keyText(key)).toBe(keyText(keys[states.length] as Uint8Array));
      states.push(state);
    }
  }
  return states;
}

const expected = keys.map((_, i) => (i % 3 === 0 ? "absent" : "deleted"));

test("where all records fit into an answer, the server is asked once", async () => {
  const { asked, find } = server(1000);
  expect(await statesOf(find)).toEqual(expected);
  expect(asked).toEqual([100]);
});

test("records that an answer had no room for are asked for again, each key is answered once and in order", async () => {
  const { asked, find } = server(20);
  expect(await statesOf(find)).toEqual(expected);
  // Twenty that are there, and those between them that are not.
  expect(asked).toEqual([100, 69, 39, 9]);
});

test("an answer with no room for any record is an error, and not asked for for ever", async () => {
  await expect(statesOf(server(0).find)).rejects.toMatchObject({ code: "backend-failed" });
});
