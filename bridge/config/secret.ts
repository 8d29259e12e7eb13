/** Secrets stand in the environment or in a file of their own, never in the config file (which people share). */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import * as v from "valibot";
import { BackendError } from "../backends/backend-error.ts";
import { readNamedFile } from "./named-file.ts";

/** Bits of a file's mode that let others than its owner see it. */
const OTHERS = 0o077;

export const SecretSchema = v.pipe(
  v.union(
    [
      v.strictObject({ env: v.pipe(v.string(), v.minLength(1)) }),
      v.strictObject({ file: v.pipe(v.string(), v.minLength(1)) }),
    ],
    'expected { "env": "NAME_OF_A_VARIABLE" } or { "file": "path" }',
  ),
  v.description(
    'Where the secret is: { "env": NAME } or { "file": PATH }, whose file only its owner may read.',
  ),
);
export type Secret = v.InferOutput<typeof SecretSchema>;

/** @throws BackendError "unauthorized" naming the variable or the file, and what to do */
export function readSecret(secret: Secret, configFolder: string): string {
  return "env" in secret ? fromEnvironment(secret.env) : fromFile(resolve(configFolder, secret.file));
}

function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value !== undefined && value !== "") return value;
  throw new BackendError(
    "unauthorized",
    `The environment variable ${name}, which the config file names for a secret, is not set: set it and start the bridge again.`,
  );
}

function fromFile(file: string): string {
  const secret = readNamedFile(file, "a secret", "unauthorized");
  if (process.platform !== "win32" && (statSync(file).mode & OTHERS) !== 0) {
    throw new BackendError("unauthorized", `Others can read the secret in ${file}: chmod 600 it.`);
  }
  return secret.replace(/\r?\n$/, "");
}
