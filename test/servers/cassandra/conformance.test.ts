import { cassandraCapabilities } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

conformanceSuite(
  "Cassandra",
  async () => {
    const keyspace = await freshKeyspace();
    const backend = await setUpBackendOn(keyspace);
    return directBed(backend);
  },
  { ...cassandraCapabilities, anyKey: true },
);
