/** Files that the config file names: certificates, secrets. */
import { readFileSync } from "node:fs";
import { BackendError } from "../backends/backend-error.ts";

/**
 * @param what It is for, for people: "a secret".
 * @throws BackendError of `code`, naming the file and why
 */
export function readNamedFile(
  file: string,
  what: string,
  code: "unauthorized" | "backend-unavailable",
): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new BackendError(
      code,
      `The file ${file}, which the config file names for ${what}, cannot be read (${why}).`,
      { cause: error },
    );
  }
}
