/** SQLite's errors in the words of a person: which file, what is wrong with it, what to do next. */

import { accessSync, constants, statSync } from "node:fs";
import { dirname } from "node:path";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";

// Primary result codes: https://www.sqlite.org/rescode.html
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const NOTADB = 26;

/** The low byte of an extended result code. */
function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if ("rawCode" in error && typeof error.rawCode === "number") return error.rawCode & 0xff;
  // A failed open has its code in its text alone.
  const code = /: (\d+)"?\)?$/.exec(error.message)?.[1];
  return code === undefined ? undefined : Number(code) & 0xff;
}

export const isReadOnlyFailure = (error: unknown): boolean => primaryCode(error) === READONLY;

/**
 * @param nothingWritten Whether the failure is known to have left the file as it was.
 * @returns A typed error; what is typed already is returned as it is.
 */
export function namedError(error: unknown, file: string, nothingWritten: boolean): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const options = { cause: error, nothingWritten };
  const said = messageOf(error);
  switch (primaryCode(error)) {
    case BUSY:
    case LOCKED:
      return new BackendError(
        "locked",
        `Another program holds a lock on ${file}: close it, or wait until it is done, and try again.`,
        options,
      );
    case FULL:
      return new BackendError(
        "disk-full",
        `There is no room left for ${file} (${said}): free some space and apply again.`,
        options,
      );
    case READONLY:
      return readOnly(file, options);
    case CANTOPEN:
      return cannotOpen(file, said, options);
    case CORRUPT:
    case NOTADB:
      return new BackendError(
        "corrupt",
        `${file} is damaged or not an SQLite database (${said}): restore it from a backup or name another file.`,
        options,
      );
    case TOOBIG:
      return new BackendError("too-large", `SQLite cannot hold a value this large in ${file}.`, options);
    case IOERR:
      return new BackendError("backend-failed", `Reading or writing ${file} failed (${said}).`, {
        cause: error,
        nothingWritten: false,
      });
    default:
      return new BackendError("backend-failed", `SQLite failed on ${file}: ${said}.`, options);
  }
}

type Options = ErrorOptions & { readonly nothingWritten: boolean };

function readOnly(what: string, options: Options): BackendError {
  return new BackendError(
    "read-only-file",
    `${what} cannot be written: change its permissions, or set the connection's level to "read-only".`,
    options,
  );
}

/** SQLite says only "unable to open"; the file system knows why. */
function cannotOpen(file: string, said: string, options: Options): BackendError {
  const folder = dirname(file);
  const folderKind = kindOf(folder);
  if (folderKind !== "folder") {
    return new BackendError(
      "missing-folder",
      `The folder ${folder} of the database file ${file} does not exist: create it or name another file.`,
      options,
    );
  }
  if (kindOf(file) === "folder") {
    return new BackendError(
      "backend-failed",
      `${file} is a folder, not a database file: name a file in it.`,
      options,
    );
  }
  if (!isWritable(folder)) return readOnly(`The folder ${folder}`, options);
  if (kindOf(file) === "file" && !isWritable(file)) return readOnly(file, options);
  return new BackendError("backend-failed", `${file} cannot be opened (${said}).`, options);
}

function kindOf(path: string): "folder" | "file" | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : stats.isDirectory() ? "folder" : "file";
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
