import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { contended } from "../suites/contended.ts";
import { backendOn, setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

let beds: readonly [Bed, Bed];
beforeAll(async () => {
  const keyspace = await freshKeyspace();
  beds = [directBed(await setUpBackendOn(keyspace)), directBed(backendOn(keyspace))];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

contended(() => beds);
