/**
 * A connection that a person drafts in the panel. It holds no secret and no path of the bridge's machine: secrets by the
 * names that the bridge's config file gives them, a CA by its text. Levels and tables are not a draft's to say.
 */
import * as v from "valibot";
import { hostAddress, httpAddress } from "./host-address.ts";
import { ConnectionNameSchema, SecretNameSchema } from "./names.ts";

/** Where a cluster of Cassandra listens unless told otherwise. */
export const CASSANDRA_PORT = 9042;

const MAX_CONTACT_POINTS = 20;
const MAX_TEXT = 200;
const MAX_URL = 1000;
const MAX_PEM = 64 * 1024;
const MAX_TIMEOUT_MS = 120_000;

/** Of one certificate or several; nothing that could be taken for a path. */
const PEM = /^(?:\s*-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+\r?\n-----END CERTIFICATE-----)+\s*$/;

const isPrintable = (text: string): boolean => text.isWellFormed() && !/\p{Cc}/u.test(text);

const text = (expected: string) =>
  v.pipe(
    v.string(),
    v.minLength(1, `expected ${expected}`),
    v.maxLength(MAX_TEXT, `expected at most ${MAX_TEXT} characters`),
    v.check(isPrintable, "expected text without control characters"),
  );

const contactPoint = v.pipe(
  v.string(),
  v.check(
    (point) => hostAddress(point, CASSANDRA_PORT) !== undefined,
    `expected a host, with :port where it is not ${CASSANDRA_PORT}`,
  ),
);

const url = v.pipe(
  v.string(),
  v.maxLength(MAX_URL, `expected at most ${MAX_URL} characters`),
  v.check(
    (address) => httpAddress(address) !== undefined,
    "expected an http:// or https:// address without a login or a query",
  ),
);

const common = {
  name: ConnectionNameSchema,
  requestTimeoutMs: v.exactOptional(
    v.pipe(
      v.number("expected a number of milliseconds"),
      v.integer("expected a whole number of milliseconds"),
      v.minValue(1, "expected at least 1 ms"),
      v.maxValue(MAX_TIMEOUT_MS, `expected at most ${MAX_TIMEOUT_MS} ms`),
    ),
  ),
  credentials: v.exactOptional(v.strictObject({ username: text("a name"), password: SecretNameSchema })),
  tls: v.exactOptional(
    v.strictObject({
      ca: v.exactOptional(
        v.pipe(
          v.string(),
          v.maxLength(MAX_PEM, `expected at most ${MAX_PEM} characters`),
          v.regex(PEM, "expected the text of a PEM file: -----BEGIN CERTIFICATE-----, …"),
        ),
      ),
      servername: v.exactOptional(text("a name")),
    }),
  ),
};

export const ConnectionDraftSchema = v.variant("backend", [
  v.strictObject({
    backend: v.literal("cassandra"),
    ...common,
    contactPoints: v.pipe(
      v.array(contactPoint),
      v.minLength(1, "expected at least one host"),
      v.maxLength(MAX_CONTACT_POINTS, `expected at most ${MAX_CONTACT_POINTS} hosts`),
    ),
    keyspace: text("the name of a keyspace"),
    localDataCenter: v.exactOptional(text("a name")),
  }),
  v.strictObject({
    backend: v.literal("hbase"),
    ...common,
    credentials: v.exactOptional(
      v.strictObject({
        username: v.pipe(text("a name"), v.regex(/^[^:]+$/, "expected a name without a colon")),
        password: SecretNameSchema,
      }),
    ),
    url,
    table: v.exactOptional(
      v.pipe(
        v.string(),
        v.regex(
          /^(?:\w+:)?[\w][\w.-]{0,200}$/,
          "expected a table, or namespace:table, of letters, digits, _ . -",
        ),
      ),
    ),
  }),
  v.strictObject({
    backend: v.literal("ignite"),
    ...common,
    url,
    prefix: v.exactOptional(
      v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,40}$/, "expected lower-case letters, digits and _")),
    ),
    secretKey: v.exactOptional(SecretNameSchema),
  }),
]);
export type ConnectionDraft = v.InferOutput<typeof ConnectionDraftSchema>;

/** Where it would connect to, each as `hostAddress` writes it. */
export function hostsOfDraft(draft: ConnectionDraft): readonly string[] {
  if (draft.backend !== "cassandra") return [httpAddress(draft.url)?.host ?? ""];
  return draft.contactPoints.map((point) => hostAddress(point, CASSANDRA_PORT) ?? "");
}

/** The names of the secrets that it would use, each once. */
export function secretsOfDraft(draft: ConnectionDraft): readonly string[] {
  const secretKey = draft.backend === "ignite" ? draft.secretKey : undefined;
  const used = [draft.credentials?.password, secretKey].filter((name) => name !== undefined);
  return [...new Set(used)];
}

/** What the bridge's config file allows drafts. */
const DraftRulesSchema = v.strictObject({
  /** As `hostAddress` writes them; "*" = any. */
  hosts: v.array(v.string()),
  secrets: v.array(
    v.strictObject({
      name: SecretNameSchema,
      hosts: v.array(v.string()),
      /** It goes over TLS alone, checked as the config file says. */
      overTls: v.boolean(),
    }),
  ),
});
export type DraftRules = v.InferOutput<typeof DraftRulesSchema>;

/** Whether the config file lets drafts go there; a host that a secret may go to is one of them. */
export const isHostAllowed = ({ hosts, secrets }: DraftRules, host: string): boolean =>
  hosts.includes("*") || hosts.includes(host) || secrets.some((secret) => secret.hosts.includes(host));

/** A draft that the bridge keeps. */
const KeptDraftSchema = v.strictObject({
  draft: ConnectionDraftSchema,
  /** JSON text: what makes it a connection of the config file, secrets by reference. Absent where `problem` says why. */
  configuration: v.exactOptional(v.string()),
  /** Why it is not served. */
  problem: v.exactOptional(v.string()),
});
export type KeptDraft = v.InferOutput<typeof KeptDraftSchema>;

/** The result of `drafts`. */
export const DraftsResultSchema = v.strictObject({
  /** Absent: the config file does not allow drafts. */
  rules: v.exactOptional(DraftRulesSchema),
  drafts: v.array(KeptDraftSchema),
});
export type DraftsResult = v.InferOutput<typeof DraftsResultSchema>;
