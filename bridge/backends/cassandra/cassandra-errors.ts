/** What the driver throws, in words, and whether anything can have been written. */
import type { ProtocolErrorCode } from "../../../core/protocol/protocol-error.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";
import { networkWords, sentence, wasNotConnected } from "../shared/network-errors.ts";

/** What was being done when it failed. */
export const Phase = { connect: 0, read: 1, write: 2 } as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** Error codes of the native protocol (its specification, §9). */
const Code = {
  badCredentials: 0x0100,
  unavailable: 0x1000,
  overloaded: 0x1001,
  bootstrapping: 0x1002,
  writeTimeout: 0x1100,
  readTimeout: 0x1200,
  readFailure: 0x1300,
  writeFailure: 0x1500,
  casWriteUnknown: 0x1700,
  syntax: 0x2000,
  unauthorized: 0x2100,
  invalid: 0x2200,
  config: 0x2300,
  alreadyExists: 0x2400,
  unprepared: 0x2500,
} as const;

/** The server answered before it did anything. */
const REFUSED_BEFORE: ReadonlySet<number> = new Set([
  Code.badCredentials,
  Code.unavailable,
  Code.bootstrapping,
  Code.syntax,
  Code.unauthorized,
  Code.invalid,
  Code.config,
  Code.alreadyExists,
  Code.unprepared,
]);

/** Other writers of the same partition were in the way, or the server was slow: the same again may get through. */
const WORTH_REPEATING: ReadonlySet<number> = new Set([
  Code.writeTimeout,
  Code.readTimeout,
  Code.casWriteUnknown,
  Code.overloaded,
]);

/** @param where Names the cluster. */
export function namedError(error: unknown, where: string, phase: Phase): BackendError {
  if (error instanceof BackendError) return error;
  const cause = innermost(error);
  const code = codeOf(cause);
  const nothingWritten =
    phase !== Phase.write || (code !== undefined && REFUSED_BEFORE.has(code)) || wasNotSent(cause);
  return new BackendError(...wordsOf(cause, code, where), { cause, nothingWritten });
}

/** Whether the identical request may get through now. */
export function isWorthRepeating(error: unknown): boolean {
  const code = error instanceof BackendError ? codeOf(error.cause) : undefined;
  return code !== undefined && WORTH_REPEATING.has(code);
}

/** Whether a table or keyspace is missing. */
export function isMissingTable(error: unknown): boolean {
  const cause = error instanceof BackendError ? error.cause : error;
  return codeOf(cause) === Code.invalid && /(table|keyspace) \S+ does not exist/i.test(saidBy(cause));
}

function wordsOf(
  cause: unknown,
  code: number | undefined,
  where: string,
): [code: ProtocolErrorCode, message: string] {
  const said = saidBy(cause);
  if (code === Code.badCredentials || isNamed(cause, "AuthenticationError")) {
    return [
      "unauthorized",
      `${where} refused the login (${said}): check "credentials" in the bridge's config file.`,
    ];
  }
  if (code === Code.unauthorized) {
    return [
      "unauthorized",
      `${where} does not allow this login to do that: ${said}. Grant the right, or use another login.`,
    ];
  }
  if (code === Code.unavailable) {
    return ["backend-unavailable", `${where} has too few replicas alive: ${said}.`];
  }
  if (code !== undefined && WORTH_REPEATING.has(code)) {
    return ["backend-unavailable", `${where} did not finish in time: ${said}.`];
  }
  if (code !== undefined) return ["backend-failed", `${where} refused the request: ${said}.`];
  if (isNamed(cause, "OperationTimedOutError")) {
    return ["backend-unavailable", `${where} did not answer in time: ${said}.`];
  }
  const network = unreachable(cause);
  if (network !== undefined)
    return ["backend-unavailable", `${where} cannot be reached: ${sentence(network)}`];
  return ["backend-failed", `${where} failed: ${said}.`];
}

function unreachable(cause: unknown): string | undefined {
  return (
    networkWords(cause) ?? (isNamed(cause, "NoHostAvailableError") ? "no node of it answers" : undefined)
  );
}

/** Never on its way: no connection, or none free. */
function wasNotSent(cause: unknown): boolean {
  if (isNamed(cause, "BusyConnectionError") || isNamed(cause, "ArgumentError")) return true;
  if (wasNotConnected(cause)) return true;
  // Of no host at all, none was tried.
  return isNamed(cause, "NoHostAvailableError") && innerErrorsOf(cause).length === 0;
}

/** What each host said is inside; of several the most telling, and one that may have arrived before others. */
function innermost(error: unknown): unknown {
  const inner = innerErrorsOf(error);
  if (inner.length === 0) return error;
  const sent = inner.find((one) => !wasNotSent(one));
  return innermost(sent ?? inner[0]);
}

function innerErrorsOf(error: unknown): unknown[] {
  if (typeof error !== "object" || error === null || !("innerErrors" in error)) return [];
  return Object.values(error.innerErrors ?? {}).filter((one) => one !== null && one !== undefined);
}

function codeOf(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "number" ? error.code : undefined;
}

/** Sentences are made of it. */
const saidBy = (error: unknown): string => messageOf(error).replace(/\.$/, "");

const isNamed = (error: unknown, name: string): boolean => error instanceof Error && error.name === name;
