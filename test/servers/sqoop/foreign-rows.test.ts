import { afterAll, beforeAll, describe, vi } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { type Bed, keyBytes } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { foreignRows } from "../suites/foreign-rows.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";
import { runSql } from "./run-sql.ts";

// All side by side: what they ask at the same time is one run of Sqoop.
vi.setConfig({ maxConcurrency: 100, testTimeout: 300_000 });

const prefix = freshPrefix();
let bed: Bed;
beforeAll(async () => {
  bed = directBed(await freshBackend({}, undefined, prefix));
}, 600_000);
afterAll(() => bed?.dispose());

describe("rows that somebody else put", { concurrent: true }, () => {
  foreignRows(() => bed, {
    damages: {
      "without a version": "version = NULL",
      "whose version is no token": "version = 'a b'",
      "whose digest is cut": "digest = '\\x00'",
      "that is neither there nor deleted": "deleted = 7",
    },
    otherVersion: "version = '7.somebody'",
    withoutBody: "body = NULL",
    async change(store, key, assignment) {
      const { incarnation } = (await store.meta()) ?? {};
      const sql = `UPDATE ${prefix}_records SET ${assignment} WHERE incarnation = $1 AND k = decode($2, 'hex')`;
      await runSql(sql, [incarnation, toHex(keyBytes(key))]);
    },
  });
});
