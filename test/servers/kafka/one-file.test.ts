/** Two bridges that keep what topics say in one folder, as two processes on one data folder would. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { contended } from "../suites/contended.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";

let dataFolder: string;
let beds: readonly [Bed, Bed];
beforeAll(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "driftscope-kafka-one-file-"));
  const prefix = freshPrefix();
  beds = [kafkaBed({ prefix, dataFolder }), kafkaBed({ prefix, dataFolder })];
});
afterAll(async () => {
  await Promise.all(beds.map((bed) => bed.dispose()));
  rmSync(dataFolder, { recursive: true, force: true });
});

contended(() => beds, 8, 200);
