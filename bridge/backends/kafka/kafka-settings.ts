/** What the config file says of a connection to Kafka. */
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import { readTlsFiles, TlsSchema } from "../shared/tls-settings.ts";
import type { BrokerAddress } from "./client/broker-link.ts";
import type { KafkaSettings } from "./kafka-backend.ts";

const DEFAULT_PORT = 9092;
const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;

/** A host's name or address, an IPv6 address in brackets; perhaps with a port. */
const BROKER = /^(\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+)(?::([0-9]{1,5}))?$/;

export const kafkaSettings = {
  brokers: v.pipe(
    v.array(v.pipe(v.string(), v.regex(BROKER, "expected a host, with :port where it is not 9092"))),
    v.minLength(1, "expected at least one broker"),
    v.description(
      "Brokers of the cluster (bootstrap servers), with :port where it is not 9092; the others are found by themselves.",
    ),
  ),
  prefix: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$/, "expected up to 40 letters, digits, _ and -"),
      ),
      "driftscope",
    ),
    v.description(
      "How the names of the topics and transactional ids of the collections begin: prefix.collection; absent = driftscope.",
    ),
  ),
  replicationFactor: v.exactOptional(
    v.pipe(
      v.number(),
      v.integer(),
      v.minValue(1),
      v.description("Of topics that are made; absent = as the cluster's default.replication.factor says."),
    ),
  ),
  requestTimeoutMs: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_REQUEST_TIMEOUT_MS),
    v.description("How long an answer is waited for, in milliseconds."),
  ),
  stream: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9._-]{1,249}$/, "expected the name of a topic"),
      v.description(
        "Topic to which each accepted write is also told, as an event, in the same transaction; it exists already. Absent = none.",
      ),
    ),
  ),
  observed: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9._-]{1,249}$/, "expected the name of a topic"),
      v.description(
        "Topic to which panels tell what pages write, accepted or not, where a person lets them; it exists already, and is not that of stream. Absent = nothing of it is told.",
      ),
    ),
  ),
  sasl: v.exactOptional(
    v.pipe(
      v.strictObject({
        mechanism: v.picklist(["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]),
        username: v.pipe(v.string(), v.minLength(1, "expected a name")),
        password: SecretSchema,
      }),
      v.description("Login, where the brokers ask for one."),
    ),
  ),
  tls: v.exactOptional(
    v.pipe(TlsSchema, v.description("Connects by TLS; the certificate is always checked.")),
  ),
};

type Settings = v.InferOutput<v.StrictObjectSchema<typeof kafkaSettings, undefined>>;

/** What the child process is told: no secrets, but where they are. */
export interface ChildOptions {
  readonly settings: Settings;
  readonly configFolder: string;
  readonly dataFolder: string;
}

/** Secrets and certificates are read when the cluster is connected, so that a wrong one shows there and then. */
export function backendSettings({ settings, configFolder, dataFolder }: ChildOptions): KafkaSettings {
  const { brokers, prefix, replicationFactor, requestTimeoutMs, stream, observed, sasl, tls } = settings;
  return {
    where: `Kafka at ${brokers.join(", ")}`,
    brokers: brokers.map(addressOf),
    prefix,
    replicas: replicationFactor ?? -1,
    requestTimeoutMs,
    stream,
    observed,
    sasl: sasl && (() => ({ ...sasl, password: readSecret(sasl.password, configFolder) })),
    tls: tls && (() => readTlsFiles(tls, configFolder)),
    dataFolder,
  };
}

function addressOf(broker: string): BrokerAddress {
  const [, host = broker, port] = BROKER.exec(broker) ?? [];
  return { host: host.replace(/^\[|\]$/g, ""), port: port === undefined ? DEFAULT_PORT : Number(port) };
}
