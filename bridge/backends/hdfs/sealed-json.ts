/** A file that somebody else may read half-written or damaged: a line of JSON, and a line with its SHA-256. */
import { createHash } from "node:crypto";
import * as v from "valibot";

const SealSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) }),
);

export function seal(content: unknown): Buffer {
  const line = JSON.stringify(content);
  return Buffer.from(`${line}\n${JSON.stringify({ sha256: digestOf(line) })}\n`);
}

/** The line; undefined where it is not the one that was written. */
export function unseal(bytes: Uint8Array): string | undefined {
  const [line = "", end = ""] = new TextDecoder().decode(bytes).split("\n");
  const parsed = v.safeParse(SealSchema, end);
  return parsed.success && parsed.output.sha256 === digestOf(line) ? line : undefined;
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
