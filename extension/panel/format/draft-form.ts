/** A connection while it is drafted: every field is the text that stands in it. */
import * as v from "valibot";
import {
  CASSANDRA_PORT,
  type ConnectionDraft,
  ConnectionDraftSchema,
  type DraftRules,
  isHostAllowed,
} from "../../../core/protocol/connection-draft.ts";
import { hostAddress, httpAddress } from "../../../core/protocol/host-address.ts";

export type DraftBackend = ConnectionDraft["backend"];

const FIELDS = [
  "name",
  "contactPoints",
  "keyspace",
  "localDataCenter",
  "url",
  "table",
  "prefix",
  "username",
  "password",
  "secretKey",
  "ca",
  "servername",
  "requestTimeoutMs",
] as const;
export type DraftFieldName = (typeof FIELDS)[number];

export interface DraftForm {
  readonly backend: DraftBackend;
  readonly texts: Readonly<Record<DraftFieldName, string>>;
  /** Of Cassandra: an address of the others says it itself. */
  readonly wantsTls: boolean;
}

export type DraftProblems = Readonly<Partial<Record<DraftFieldName, string>>>;

const NO_TEXTS = Object.fromEntries(FIELDS.map((field) => [field, ""])) as DraftForm["texts"];

export const emptyForm = (backend: DraftBackend): DraftForm => ({
  backend,
  texts: NO_TEXTS,
  wantsTls: false,
});

export function formOf(draft: ConnectionDraft): DraftForm {
  const { backend, name, credentials, tls, requestTimeoutMs } = draft;
  const given: Partial<Record<DraftFieldName, string | undefined>> = {
    name,
    username: credentials?.username,
    password: credentials?.password,
    ca: tls?.ca,
    servername: tls?.servername,
    requestTimeoutMs: requestTimeoutMs === undefined ? undefined : String(requestTimeoutMs),
    ...(draft.backend === "cassandra"
      ? {
          contactPoints: draft.contactPoints.join(", "),
          keyspace: draft.keyspace,
          localDataCenter: draft.localDataCenter,
        }
      : { url: draft.url }),
    ...(draft.backend === "hbase" ? { table: draft.table } : {}),
    ...(draft.backend === "ignite" ? { prefix: draft.prefix, secretKey: draft.secretKey } : {}),
  };
  const texts = Object.fromEntries(FIELDS.map((field) => [field, given[field] ?? ""])) as DraftForm["texts"];
  return { backend, texts, wantsTls: tls !== undefined };
}

/** Whether it would connect by TLS. */
export const usesTls = ({ backend, texts, wantsTls }: DraftForm): boolean =>
  backend === "cassandra" ? wantsTls : /^https:/i.test(texts.url.trim());

/** Those that are written so far and are hosts, as the config file names them. */
export function hostsOf({ backend, texts }: DraftForm): readonly string[] {
  const hosts =
    backend === "cassandra"
      ? words(texts.contactPoints).map((point) => hostAddress(point, CASSANDRA_PORT))
      : [httpAddress(texts.url.trim())?.host];
  return hosts.filter((host) => host !== undefined);
}

/** Names of the secrets that may go to every host of it. */
export function secretsFor(form: DraftForm, { secrets }: DraftRules): readonly string[] {
  const hosts = hostsOf(form);
  if (hosts.length === 0) return [];
  return secrets
    .filter((secret) => hosts.every((host) => secret.hosts.includes(host)))
    .map(({ name }) => name);
}

/** Whether a secret of it has TLS settings of its own in the config file, which stand above the draft's. */
export const tlsIsSettled = (form: DraftForm, rules: DraftRules): boolean =>
  secretFieldsOf(form).some((field) => isOverTls(form.texts[field], rules));

const isOverTls = (secret: string, { secrets }: DraftRules): boolean =>
  secrets.some(({ name, overTls }) => overTls && name === secret);

/** Fields of this kind that name a secret now. */
const secretFieldsOf = ({ backend, texts }: DraftForm) =>
  (["password", "secretKey"] as const).filter(
    (field) => texts[field] !== "" && (field === "password" || backend === "ignite"),
  );

/** The draft, or what is wrong with which field. */
export function readForm(
  form: DraftForm,
  rules: DraftRules,
): { readonly draft: ConnectionDraft } | { readonly problems: DraftProblems } {
  const parsed = v.safeParse(ConnectionDraftSchema, contentOf(form, rules));
  const problems: Partial<Record<DraftFieldName, string>> = {};
  for (const { path, message } of parsed.issues ?? []) {
    const field = path?.map(({ key }) => key).findLast(isField) ?? "name";
    problems[field] ??= inWords(message);
  }
  if (problems.password !== undefined) problems.password = "Choose a secret, or leave the user empty.";
  for (const [field, refusal] of refusals(form, rules)) problems[field] ??= refusal;
  return Object.keys(problems).length === 0 && parsed.success ? { draft: parsed.output } : { problems };
}

const isField = (key: unknown): key is DraftFieldName => (FIELDS as readonly unknown[]).includes(key);

const words = (text: string): string[] => text.split(/[\s,]+/).filter((word) => word !== "");

const inWords = (message: string): string => `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;

/** As the schema takes it; what is empty and may be is left out. */
function contentOf(form: DraftForm, rules: DraftRules): unknown {
  const { backend, texts } = form;
  const given = (field: DraftFieldName): object =>
    texts[field].trim() === "" ? {} : { [field]: texts[field].trim() };
  const hasLogin = texts.username.trim() !== "" || texts.password !== "";
  const timeout = texts.requestTimeoutMs.trim();
  return {
    backend,
    name: texts.name.trim(),
    ...(backend === "cassandra"
      ? {
          contactPoints: words(texts.contactPoints),
          keyspace: texts.keyspace.trim(),
          ...given("localDataCenter"),
        }
      : { url: texts.url.trim() }),
    ...(backend === "hbase" ? given("table") : {}),
    ...(backend === "ignite" ? { ...given("prefix"), ...given("secretKey") } : {}),
    ...(hasLogin ? { credentials: { username: texts.username.trim(), password: texts.password } } : {}),
    ...(timeout === "" ? {} : { requestTimeoutMs: Number(timeout) }),
    ...tlsOf(form, rules, given),
  };
}

function tlsOf(form: DraftForm, rules: DraftRules, given: (field: DraftFieldName) => object): object {
  if (!usesTls(form)) return {};
  const tls = tlsIsSettled(form, rules) ? {} : { ...given("ca"), ...given("servername") };
  // An address says by itself that TLS is wanted.
  return form.backend === "cassandra" || Object.keys(tls).length > 0 ? { tls } : {};
}

type Refusal = readonly [field: DraftFieldName, message: string];

/** What the config file does not allow; the bridge would refuse it in the same way. */
function refusals(form: DraftForm, rules: DraftRules): readonly Refusal[] {
  const place = form.backend === "cassandra" ? "contactPoints" : "url";
  const other = hostsOf(form).find((host) => !isHostAllowed(rules, host));
  if (other !== undefined) {
    const refusal = `The bridge’s config file does not allow drafts to connect to ${other}. Add it to “drafts.hosts”, and start the bridge again.`;
    return [[place, refusal]];
  }
  const allowed = secretsFor(form, rules);
  return secretFieldsOf(form).flatMap((field): Refusal[] => {
    const secret = form.texts[field];
    if (!allowed.includes(secret)) return [[field, NOT_FOR_THIS_HOST]];
    return isOverTls(secret, rules) && !usesTls(form) ? [[field, OVER_TLS_ALONE]] : [];
  });
}

const NOT_FOR_THIS_HOST =
  "The bridge’s config file does not allow this secret for this host. Choose another, or add the host to it.";
const OVER_TLS_ALONE =
  "The config file lets this secret go over TLS alone. Switch TLS on, or write an https:// address.";

/** What to add to the config file so that these hosts can be drafted with a secret. */
export function secretSnippet(hosts: readonly string[]): string {
  const secrets = {
    "my-password": { env: "MY_PASSWORD", hosts: hosts.length > 0 ? hosts : ["db.example:9042"] },
  };
  return `"drafts": ${JSON.stringify({ secrets })}`;
}

/** What to add to the config file so that there can be drafts at all. */
export const DRAFTS_SNIPPET = '"drafts": {"hosts": ["db.example:9042"]}';
