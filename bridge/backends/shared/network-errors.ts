/** What Node says about a connection that failed, in words with the next step. */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there. Is it running, and is the port right?",
  ENOTFOUND: "its name is not known. Is it spelled right?",
  EAI_AGAIN: "its name cannot be looked up now",
  ETIMEDOUT: "it does not answer",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "there is no way to it",
  ECONNRESET: "it closed the connection. Does it want TLS?",
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody that is trusted. Name its CA as "tls.ca"',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself. Name it as "tls.ca"',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'its certificate is signed by nobody that is trusted. Name its CA as "tls.ca"',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'its certificate is signed by nobody that is trusted. Name its CA as "tls.ca"',
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name. Use that name, or "tls.servername"',
};

/** Before there was a connection: nothing was sent. */
const NOT_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_HAS_EXPIRED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** Undefined for what is no error of a connection. */
export function networkWords(error: unknown): string | undefined {
  const code = networkCode(error);
  if (code === undefined) return undefined;
  return WORDS[code] ?? (code.startsWith("ERR_SSL") ? "TLS could not be agreed on" : undefined);
}

/** Whether it is certain that no byte of a request arrived. */
export function wasNotConnected(error: unknown): boolean {
  const code = networkCode(error);
  return code !== undefined && (NOT_CONNECTED.has(code) || code.startsWith("ERR_SSL"));
}

function networkCode(error: unknown): string | undefined {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

/** With a full stop where it has no end of its own. */
export const sentence = (words: string): string => (/[.?!]$/.test(words) ? words : `${words}.`);
