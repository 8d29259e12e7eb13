/**
 * JSON that shows whether all of it arrived: a line of JSON, and a line with the SHA-256 of the first. On HDFS a file whose
 * writer was cut off looks finished.
 */
import { createHash } from "node:crypto";
import * as v from "valibot";

const SealSchema = v.object({ sha256: v.string() });

export function sealJson(value: unknown): Buffer {
  const line = JSON.stringify(value);
  return Buffer.from(`${line}\n${JSON.stringify({ sha256: digestOf(line) })}\n`);
}

/** The line of JSON; undefined where it is not what was sealed. */
export function openSealedJson(bytes: Uint8Array): string | undefined {
  const [line = "", seal = ""] = new TextDecoder().decode(bytes).split("\n");
  const sealed = v.safeParse(v.pipe(v.string(), v.parseJson(), SealSchema), seal);
  return sealed.success && sealed.output.sha256 === digestOf(line) ? line : undefined;
}

const digestOf = (text: string): string => createHash("sha256").update(text).digest("hex");
