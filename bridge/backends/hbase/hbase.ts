/** Apache HBase, by its REST gateway. */
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import type { BackendKind } from "../registry.ts";
import { httpUrl, requestTimeoutMs, tls } from "../rest/rest-settings.ts";
import { readTlsFiles } from "../shared/tls-settings.ts";
import { HBaseBackend } from "./hbase-backend.ts";

const settings = {
  url: httpUrl(
    "Address of the REST gateway, or of a proxy before it with the path that it stands at: http://localhost:8080.",
  ),
  table: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(
          /^(?:\w+:)?[\w][\w.-]{0,200}$/,
          "expected a table, or namespace:table, of letters, digits, _ . -",
        ),
      ),
      "driftscope",
    ),
    v.description("Table of the collections, with its namespace where it has one; absent = driftscope."),
  ),
  requestTimeoutMs,
  credentials: v.exactOptional(
    v.pipe(
      v.strictObject({
        username: v.pipe(v.string(), v.regex(/^[^:]+$/, "expected a name without a colon")),
        password: SecretSchema,
      }),
      v.description("Login by HTTP Basic, where a proxy before the gateway asks for one."),
    ),
  ),
  tls,
};

export const hbase: BackendKind<typeof settings> = {
  settings,
  open: ({ url, table, requestTimeoutMs, credentials, tls }, configFolder) =>
    new HBaseBackend({
      where: `HBase at ${url}`,
      url,
      table,
      requestTimeoutMs,
      headers:
        credentials &&
        (() => basicLogin(credentials.username, readSecret(credentials.password, configFolder))),
      tls: tls && (() => readTlsFiles(tls, configFolder)),
    }),
  describe: ({ url, table }) => `${url}, table ${table}`,
};

const basicLogin = (username: string, password: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`,
});
