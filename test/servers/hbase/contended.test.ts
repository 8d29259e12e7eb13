import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { contended } from "../suites/contended.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

let beds: readonly [Bed, Bed];
beforeAll(async () => {
  const table = freshTable();
  beds = [directBed(await freshBackend({ table })), directBed(await freshBackend({ table }))];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

contended(() => beds);
