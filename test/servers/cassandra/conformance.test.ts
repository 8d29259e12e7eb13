import { inject } from "vitest";
import {
  CassandraBackend,
  cassandraCapabilities,
} from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

conformanceSuite(
  "Cassandra",
  async () => {
    const keyspace = await freshKeyspace();
    const backend = new CassandraBackend({
      contactPoints: [inject("cassandra")],
      keyspace,
      serialConsistency: "SERIAL",
      requestTimeoutMs: 12_000,
    });
    await backend.setUp.run();
    return directBed(backend);
  },
  { ...cassandraCapabilities, anyKey: true },
);
