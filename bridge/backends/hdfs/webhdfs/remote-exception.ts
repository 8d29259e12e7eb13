/** What a NameNode or DataNode answers when it did not do something, in words with the next step. */
import * as v from "valibot";
import type { ProtocolErrorCode } from "../../../../core/protocol/protocol-error.ts";
import { BackendError } from "../../backend-error.ts";
import { sentence } from "../../shared/network-errors.ts";

export interface RemoteException {
  /** Name of a Java class, without its package. */
  readonly exception: string;
  /** Without the lines of Java's stack, and where Hadoop's wiki explains it. */
  readonly message: string;
}

const AnswerSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ RemoteException: v.object({ exception: v.string(), message: v.string() }) }),
);

/** Undefined for an answer that is none. */
export function readRemoteException(text: string): RemoteException | undefined {
  const parsed = v.safeParse(AnswerSchema, text);
  if (!parsed.success) return undefined;
  const { exception, message } = parsed.output.RemoteException;
  return { exception, message: message.replace(/(\n|; For more details see:).*/s, "") };
}

/** Whether it is a NameNode on standby, or one that starts: another one may be active. */
export const isInactive = (refusal: RemoteException | undefined): boolean =>
  refusal?.exception === "StandbyException" || refusal?.exception === "RetriableException";

/** The blocks of a file cannot be read now: its DataNodes are away, perhaps for a moment. */
export class BlocksAwayError extends BackendError {}

interface Words {
  readonly code: ProtocolErrorCode;
  /** What to do, or what it means. */
  readonly step: string;
}

const LOGIN: Words = {
  code: "unauthorized",
  step: 'Check "user", "delegationToken" or "credentials" of the connection.',
};

const BY_EXCEPTION: Readonly<Record<string, Words>> = {
  AccessControlException: {
    code: "unauthorized",
    step: 'Let an administrator allow it, or use another "user" or "folder".',
  },
  SecurityException: LOGIN,
  AuthenticationException: LOGIN,
  AuthorizationException: LOGIN,
  InvalidToken: LOGIN,
  StandbyException: {
    code: "backend-unavailable",
    step: 'It is on standby: name the other NameNodes as "otherUrls", or a gateway that finds the active one.',
  },
  SafeModeException: {
    code: "backend-unavailable",
    step: "Wait until it has left safe mode (hdfs dfsadmin -safemode get).",
  },
  RetriableException: { code: "backend-unavailable", step: "It is starting: try again soon." },
  NSQuotaExceededException: { code: "disk-full", step: "Raise the quota of names, or delete files." },
  DSQuotaExceededException: { code: "disk-full", step: "Raise the quota of space, or delete files." },
  InvalidPathException: { code: "bad-name", step: "Use another name." },
};

const NO_ROOM =
  /could only be (written|replicated) to 0|Failed to find datanode|Not enough replicas|No space left|DiskOutOfSpace/i;
/** Said to an offset that the file does not reach to, by a NameNode and by a DataNode. */
const BEYOND_END = /out of the range \[0, |Cannot seek after EOF/;
const BLOCKS_AWAY =
  /No active nodes contain this block|Could not obtain block|BlockMissing|No nodes contain/i;
/** Said by the one that was asked of another that it needs, as a DataNode or a gateway of its NameNode. */
const CUT_OFF =
  /failed on (connection|socket|socket timeout|local) exception|End of File Exception between|No Route to Host from|Invalid host name: local host|Connection (reset|refused)|Broken pipe|All datanodes .* are bad/i;

export interface Refused {
  /** For people: "writing /data/x". */
  readonly doing: string;
  readonly isWrite?: boolean;
}

export function namedException(
  whom: string,
  { doing, isWrite = false }: Refused,
  { exception, message }: RemoteException,
): BackendError {
  const said = `${whom}, ${doing}: ${sentence(message)}`;
  if (BLOCKS_AWAY.test(message) || exception === "BlockMissingException") {
    const step = "The DataNodes that hold it are away: try again when they are back.";
    return new BlocksAwayError("backend-unavailable", `${said} ${step}`);
  }
  if (NO_ROOM.test(message)) {
    const step =
      "No DataNode took it: all are full or away (hdfs dfsadmin -report). Free space there or bring one back, and try again.";
    return new BackendError("disk-full", `${said} ${step}`);
  }
  if (BEYOND_END.test(message)) {
    return new BackendError("corrupt", `${said} It was damaged or replaced.`);
  }
  if (CUT_OFF.test(message)) {
    const step = "A node behind it is away: try again when it is back (hdfs dfsadmin -report).";
    // What it had asked that one for may have been done.
    return new BackendError("backend-unavailable", `${said} ${step}`, { nothingWritten: !isWrite });
  }
  const words = BY_EXCEPTION[exception];
  if (words !== undefined) return new BackendError(words.code, `${said} ${words.step}`);
  return new BackendError("backend-failed", `${said} (${exception})`);
}
