import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteStore } from "../../../core/session/ports.ts";
import { type Bed, create, freshStore, keyBytes, scanAll, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { foreignRows } from "../suites/foreign-rows.ts";
import { changeCell } from "./as-a-stranger.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

const table = freshTable();
let bed: Bed;
beforeAll(async () => {
  bed = directBed(await freshBackend({ table }));
});
afterAll(() => bed.dispose());

async function rowOf(store: RemoteStore, key: unknown): Promise<string> {
  const { incarnation = "" } = (await store.meta()) ?? {};
  return `r.${incarnation.replaceAll("-", "")}.${toHex(keyBytes(key))}`;
}

foreignRows(() => bed, {
  damages: {
    "without a version": "m:v",
    "without a digest": "m:h",
    "whose digest is no digest": "m:h=12",
    "that is neither there nor deleted": "m:s=7",
  },
  otherVersion: "m:v=7.somebody",
  withoutBody: "d:b",
  async change(store, key, change) {
    const [column = "", value] = change.split("=");
    await changeCell(table, await rowOf(store, key), column, value);
  },
});

test("a row that has nothing but a body is not overwritten", async () => {
  const { store } = await freshStore(bed);
  await changeCell(table, await rowOf(store, "a"), "d:b", "theirs");
  const outcome = await writeOne(store, create("a", 1));
  expect(outcome).toMatchObject({ status: "rejected" });
});

test("a scan whose row behind all others is gone is no scan", async () => {
  const own = freshTable();
  const alone = directBed(await freshBackend({ table: own }));
  try {
    const { store } = await freshStore(alone);
    await store.write([create("a", 1), create("b", 2)], { applyId: randomUUID() });
    const { incarnation = "" } = (await store.meta()) ?? {};
    await changeCell(own, `r.${incarnation.replaceAll("-", "")}.~`, "m:v");
    await expect(scanAll(store)).rejects.toMatchObject({ code: "incomplete" });
  } finally {
    await alone.dispose();
  }
});
