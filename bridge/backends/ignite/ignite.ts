/** Apache Ignite 2, by its REST API. */
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import type { BackendKind } from "../registry.ts";
import { httpUrl, requestTimeoutMs, tls } from "../rest/rest-settings.ts";
import { readTlsFiles } from "../shared/tls-settings.ts";
import { IgniteBackend } from "./ignite-backend.ts";

const settings = {
  url: httpUrl("Address of a node's REST API, without /ignite: http://localhost:8080."),
  prefix: v.pipe(
    v.optional(
      v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,40}$/, "expected lower-case letters, digits and _")),
      "driftscope",
    ),
    v.description("How the names of the tables of the collections begin; absent = driftscope."),
  ),
  requestTimeoutMs,
  credentials: v.exactOptional(
    v.pipe(
      v.strictObject({
        username: v.pipe(v.string(), v.minLength(1, "expected a name")),
        password: SecretSchema,
      }),
      v.description("Login, where the cluster has users."),
    ),
  ),
  secretKey: v.exactOptional(
    v.pipe(SecretSchema, v.description("The secretKey of the node's connector, where it has one.")),
  ),
  tls,
};

export const ignite: BackendKind<typeof settings> = {
  settings,
  open: ({ url, prefix, requestTimeoutMs, credentials, secretKey, tls }, configFolder) =>
    new IgniteBackend({
      where: `Ignite at ${url}`,
      url,
      prefix,
      requestTimeoutMs,
      credentials:
        credentials &&
        (() => ({
          username: credentials.username,
          password: readSecret(credentials.password, configFolder),
        })),
      secretKey: secretKey && (() => readSecret(secretKey, configFolder)),
      tls: tls && (() => readTlsFiles(tls, configFolder)),
    }),
  describe: ({ url, prefix }) => `${url}, tables ${prefix}_*`,
};
