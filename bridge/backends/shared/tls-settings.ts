/** What a connection's settings say about TLS. The certificate is always checked: there is no way to say otherwise. */
import { resolve } from "node:path";
import * as v from "valibot";
import { readNamedFile } from "../../config/named-file.ts";

const path = v.pipe(v.string(), v.minLength(1, "expected a path"));

const entries = {
  ca: v.exactOptional(
    v.pipe(path, v.description("PEM file of the CA, or its text; absent = those that Node trusts.")),
  ),
  cert: v.exactOptional(
    v.pipe(path, v.description("PEM file of our own certificate, where the server asks for one.")),
  ),
  key: v.exactOptional(v.pipe(path, v.description("PEM file of its key."))),
  servername: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1, "expected a name"),
      v.description("Name in the certificate, where it is not the host's."),
    ),
  ),
};

export const TlsSchema = v.strictObject(entries);

/** As node:tls takes it. */
export interface TlsFiles {
  readonly ca?: string[];
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
}

/** A file has no such name. */
const isPemText = (text: string): boolean => text.trimStart().startsWith("-----BEGIN CERTIFICATE-----");

/** @throws BackendError naming the file that cannot be read */
export function readTlsFiles(tls: v.InferOutput<typeof TlsSchema>, configFolder: string): TlsFiles {
  const { ca, cert, key, servername } = tls;
  const read = (file: string): string =>
    readNamedFile(resolve(configFolder, file), "TLS", "backend-unavailable");
  return {
    ...(ca === undefined ? {} : { ca: [isPemText(ca) ? ca : read(ca)] }),
    ...(cert === undefined ? {} : { cert: read(cert) }),
    ...(key === undefined ? {} : { key: read(key) }),
    ...(servername === undefined ? {} : { servername }),
  };
}
