/** Apache Cassandra, by its native protocol. */
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import type { BackendKind } from "../registry.ts";
import { readTlsFiles, TlsSchema } from "../shared/tls-settings.ts";
import { CassandraBackend } from "./cassandra-backend.ts";
import type { ClusterSettings } from "./cluster.ts";

const DEFAULT_REQUEST_TIMEOUT_MS = 12_000;

const text = (expected: string) => v.pipe(v.string(), v.minLength(1, `expected ${expected}`));

const settings = {
  contactPoints: v.pipe(
    v.array(text("a host, with :port where it is not 9042")),
    v.minLength(1, "expected at least one host"),
    v.description(
      "Hosts of the cluster, with :port where it is not 9042; the others are found by themselves.",
    ),
  ),
  keyspace: v.pipe(
    text("the name of a keyspace"),
    v.description(
      "Keyspace of the collections; it exists already, since how it is replicated is yours to say.",
    ),
  ),
  localDataCenter: v.exactOptional(
    v.pipe(text("a name"), v.description("The nearest data centre; needed where the cluster has several.")),
  ),
  serialConsistency: v.pipe(
    v.optional(v.picklist(["SERIAL", "LOCAL_SERIAL"]), "SERIAL"),
    v.description(
      "Among which replicas a conditional write is agreed on. LOCAL_SERIAL only where all who write are in one data centre.",
    ),
  ),
  requestTimeoutMs: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_REQUEST_TIMEOUT_MS),
    v.description("How long an answer is waited for, in milliseconds."),
  ),
  credentials: v.exactOptional(
    v.pipe(
      v.strictObject({ username: text("a name"), password: SecretSchema }),
      v.description("Login, where the cluster asks for one."),
    ),
  ),
  tls: v.exactOptional(
    v.pipe(TlsSchema, v.description("Connects by TLS; the certificate is always checked.")),
  ),
};

type Settings = v.InferOutput<v.StrictObjectSchema<typeof settings, undefined>>;

export const cassandra: BackendKind<typeof settings> = {
  settings,
  open: (given, configFolder) => new CassandraBackend(clusterSettings(given, configFolder)),
  describe: ({ contactPoints, keyspace }) => `${contactPoints.join(", ")}, keyspace ${keyspace}`,
};

/** Secrets and certificates are read when the cluster is connected, so that a wrong one shows there and then. */
function clusterSettings(given: Settings, configFolder: string): ClusterSettings {
  const { credentials, tls, contactPoints, keyspace, localDataCenter, serialConsistency, requestTimeoutMs } =
    given;
  return {
    contactPoints,
    keyspace,
    localDataCenter,
    serialConsistency,
    requestTimeoutMs,
    credentials:
      credentials &&
      (() => ({
        username: credentials.username,
        password: readSecret(credentials.password, configFolder),
      })),
    tls: tls && (() => readTlsFiles(tls, configFolder)),
  };
}
