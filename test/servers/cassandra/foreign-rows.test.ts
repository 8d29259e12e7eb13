import { crc32 } from "node:zlib";
import { afterAll, beforeAll } from "vitest";
import { toHex } from "../../../core/key/hex.ts";
import { type Bed, keyBytes } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { foreignRows } from "../suites/foreign-rows.ts";
import { setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace, inKeyspace } from "./fresh-keyspace.ts";

let bed: Bed;
let keyspace: string;
beforeAll(async () => {
  keyspace = await freshKeyspace();
  const backend = await setUpBackendOn(keyspace);
  bed = directBed(backend);
});
afterAll(() => bed.dispose());

foreignRows(() => bed, {
  damages: {
    "without a version": "version = null",
    "without a digest": "digest = null",
    "whose digest is no digest": "digest = 0x0102",
    "that is neither there nor deleted": "deleted = 7",
  },
  otherVersion: "version = '7.somebody'",
  withoutBody: "body = null",
  async change(store, key, assignment) {
    const { incarnation } = (await store.meta()) ?? {};
    const bytes = keyBytes(key);
    await inKeyspace(keyspace, [
      `UPDATE driftscope_records SET ${assignment} WHERE collection = ${incarnation} AND bucket = ${crc32(bytes) % 16} AND key = 0x${toHex(bytes)}`,
    ]);
  },
});
