import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { size } from "../../support/models/runs.ts";
import { contended } from "../suites/contended.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

let beds: readonly [Bed, Bed];
beforeAll(async () => {
  const prefix = freshPrefix();
  const open = async (): Promise<Bed> => directBed(await freshBackend({}, undefined, prefix));
  beds = [await open(), await open()];
}, 600_000);
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

// Each increment is four runs of Sqoop, one after the other, of several seconds: few of them, and few writers.
contended(() => beds, 8, size(6, 40));
