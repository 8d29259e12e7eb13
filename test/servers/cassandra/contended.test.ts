import { afterAll, beforeAll, inject } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { contended } from "../suites/contended.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

let beds: readonly [Bed, Bed];
beforeAll(async () => {
  const settings = {
    contactPoints: [inject("cassandra")],
    keyspace: await freshKeyspace(),
    serialConsistency: "SERIAL",
    requestTimeoutMs: 12_000,
  } as const;
  const backends = [new CassandraBackend(settings), new CassandraBackend(settings)] as const;
  await backends[0].setUp.run();
  beds = [directBed(backends[0]), directBed(backends[1])];
});
afterAll(() => Promise.all(beds.map((bed) => bed.dispose())));

contended(() => beds);
