/** What the config file lets panels draft: a draft makes the bridge connect somewhere, perhaps with a secret. */
import * as v from "valibot";
import { hostAddress } from "../../core/protocol/host-address.ts";
import { SecretNameSchema } from "../../core/protocol/names.ts";
import { TlsSchema } from "../backends/shared/tls-settings.ts";

const isHost = (text: string): boolean => hostAddress(text) !== undefined;

const host = (expected: string, isRight: (text: string) => boolean) =>
  v.pipe(v.string(), v.check(isRight, expected));

const secret = {
  hosts: v.pipe(
    v.array(host('expected a host with its port: "db.example:9042"', isHost)),
    v.minLength(1, "expected at least one host"),
    v.description("Hosts that the secret may be sent to, each with its port. Drafts may go there, too."),
  ),
  tls: v.exactOptional(
    v.pipe(
      TlsSchema,
      v.description(
        "When given, the secret goes over TLS alone, checked like this: a draft cannot name another CA or server.",
      ),
    ),
  ),
};

const place = v.pipe(v.string(), v.minLength(1, "expected a name or a path"));

const DraftSecretSchema = v.union(
  [v.strictObject({ env: place, ...secret }), v.strictObject({ file: place, ...secret })],
  'expected { "env": "NAME_OF_A_VARIABLE", "hosts": ["host:port"] } or { "file": "path", "hosts": ["host:port"] }',
);
export type DraftSecret = v.InferOutput<typeof DraftSecretSchema>;

export const DraftsSchema = v.strictObject({
  hosts: v.pipe(
    v.optional(
      v.array(
        host(
          'expected a host with its port, "db.example:9042", or "*" for any',
          (text) => text === "*" || isHost(text),
        ),
      ),
      [],
    ),
    v.description('Hosts that drafts may connect to, each with its port; "*" = any.'),
  ),
  secrets: v.pipe(
    v.optional(v.record(SecretNameSchema, DraftSecretSchema), {}),
    v.description("Secrets that drafts may use, by the names that panels see. Their values are never told."),
  ),
});
export type DraftsConfig = v.InferOutput<typeof DraftsSchema>;
