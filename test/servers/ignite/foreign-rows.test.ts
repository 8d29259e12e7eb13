import { afterAll, beforeAll } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { type Bed, keyBytes } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { foreignRows } from "../suites/foreign-rows.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";
import { runSql } from "./run-sql.ts";

const prefix = freshPrefix();
let bed: Bed;
beforeAll(async () => {
  bed = directBed(await freshBackend({ prefix }));
});
afterAll(() => bed.dispose());

foreignRows(() => bed, {
  damages: {
    "without a version": '"version" = NULL',
    "without a digest": '"digest" = NULL',
    "whose digest is no digest": `"digest" = '0102'`,
    "that is neither there nor deleted": '"deleted" = 7',
  },
  otherVersion: `"version" = '7.somebody'`,
  withoutBody: '"body" = NULL',
  async change(store, key, assignment) {
    const { incarnation = "" } = (await store.meta()) ?? {};
    const row = `${incarnation.replaceAll("-", "")}/${toHex(keyBytes(key))}`;
    await runSql(prefix, `UPDATE "${prefix}_records" SET ${assignment} WHERE "k" = '${row}'`);
  },
});
