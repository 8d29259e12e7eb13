import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { contended } from "../suites/contended.ts";
import { freshPrefix, kafkaBed } from "./fresh-topics.ts";

let beds: readonly [Bed, Bed];
beforeAll(() => {
  const prefix = freshPrefix();
  beds = [kafkaBed({ prefix }), kafkaBed({ prefix })];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

contended(() => beds);
