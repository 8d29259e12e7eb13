import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { contended } from "../suites/contended.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

let beds: readonly [Bed, Bed];
beforeAll(async () => {
  const prefix = freshPrefix();
  beds = [directBed(await freshBackend({ prefix })), directBed(await freshBackend({ prefix }))];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

contended(() => beds);
