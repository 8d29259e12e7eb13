/** What the connections to servers that are spoken to by HTTP have in common. */
import * as v from "valibot";
import { TlsSchema } from "../shared/tls-settings.ts";

const DEFAULT_REQUEST_TIMEOUT_MS = 20_000;

export const httpUrl = (description: string) =>
  v.pipe(
    v.string(),
    v.check(isHttpUrl, "expected an http:// or https:// address without a login or a query"),
    v.description(description),
  );

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, search, hash } = new URL(text);
  return /^https?:$/.test(protocol) && username + password + search + hash === "";
}

export const requestTimeoutMs = v.pipe(
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_REQUEST_TIMEOUT_MS),
  v.description("How long an answer is waited for, in milliseconds."),
);

export const tls = v.exactOptional(
  v.pipe(TlsSchema, v.description("Certificates, where those that Node trusts do not do; always checked.")),
);
