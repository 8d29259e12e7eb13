/**
 * Names a browser profile for the command line's base: by a random id in a file of its own in the profile's
 * folder, which goes with the folder when that is moved or deleted, and by the folder's number in its file
 * system, which a copy does not share: from then on the two differ.
 */

import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../core/session/session-error.ts";
import { HeadlessError } from "../headless-error.ts";

const FILE = "Driftscope Profile";
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** @throws HeadlessError "browser-failed" where the folder cannot be written */
export function profileIdOf(folder: string): string {
  const path = join(folder, FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    try {
      writeFileSync(path, `${randomUUID()}\n`, { flag: "wx", mode: 0o600 });
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const id = readFileSync(path, "utf8").trim();
    if (UUID.test(id)) return `${id} ${statSync(folder).ino}`;
    throw new Error(`${path} does not hold what it should; remove it`);
  } catch (error) {
    const why = messageOf(error);
    throw new HeadlessError("browser-failed", `The profile ${folder} cannot be used: ${why}.`, {
      cause: error,
    });
  }
}
