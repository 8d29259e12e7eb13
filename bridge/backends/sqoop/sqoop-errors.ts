/** What Sqoop says when a run fails, in words with the next step, and whether anything can have happened. */
import type { ProtocolErrorCode } from "../../../core/protocol/protocol-error.ts";
import { BackendError } from "../backend-error.ts";

interface Words {
  readonly pattern: RegExp;
  readonly code: ProtocolErrorCode;
  /** @param said The part of the output that the pattern found. */
  readonly words: (where: string, said: string) => string;
  /** Whether the database was told nothing, or has taken it back. */
  readonly nothingWritten: boolean;
}

/** In this order: the first that fits is the cause. */
const KNOWN: readonly Words[] = [
  {
    pattern:
      /password authentication failed[^\n]*|no password was provided[^\n]*|no pg_hba\.conf entry[^\n]*|\w+InvalidAuthorizationSpecException: [^\n]*|Access denied for user [^\n]*|Login failed for user [^\n]*/,
    code: "unauthorized",
    words: (where, said) => `${where} refuses the login: ${said}. Check "credentials" in the config file.`,
    nothingWritten: true,
  },
  {
    pattern: /Unable to (?:process alias|fetch password)[^\n]*|No password found for alias[^\n]*/i,
    code: "unauthorized",
    words: (where, said) =>
      `${where} cannot be logged in to: ${said}. Check "passwordAlias" and its "provider" in the config file.`,
    nothingWritten: true,
  },
  {
    pattern: /database "[^"]*" does not exist/,
    code: "backend-unavailable",
    words: (where, said) => `${where} cannot be reached: ${said}. Check "connect" in the config file.`,
    nothingWritten: true,
  },
  {
    pattern:
      /Connection to \S+ refused|Connection refused: [^\s"]+|UnknownHostException: \S+|NoRouteToHostException[^\n]*|\w+NonTransientConnectionException: [^\n]*|CommunicationsException: [^\n]*/,
    code: "backend-unavailable",
    words: (where, said) => `${where} cannot be reached: ${said}. Is it running, and is "connect" right?`,
    nothingWritten: true,
  },
  {
    pattern:
      /the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)/,
    code: "backend-unavailable",
    words: (where, said) => `${where} does not answer yet: ${said}. Try again in a moment.`,
    nothingWritten: true,
  },
  {
    pattern:
      /No suitable driver found[^\n]*|No manager for connect string[^\n]*|Could not load db driver class:[^\n]*/,
    code: "backend-unavailable",
    words: (where, said) =>
      `${where} cannot be reached: ${said}. Put the JDBC driver's jar where Sqoop finds it (its lib folder, or the class path of "command"), and name its class as "driver" where Sqoop does not know it.`,
    nothingWritten: true,
  },
  {
    pattern: /NoClassDefFoundError: \S+|Could not find or load main class \S+|Unable to access jarfile \S+/,
    code: "backend-unavailable",
    words: (_, said) =>
      `Sqoop is not whole: ${said}. Check the class path of "command" in the config file, or HADOOP_COMMON_HOME and HADOOP_MAPRED_HOME for the program sqoop.`,
    nothingWritten: true,
  },
  {
    pattern: /Could not (?:find|start) Java compiler[^\n]*|ToolProvider|getSystemJavaCompiler|tools\.jar/,
    code: "backend-unavailable",
    words: () =>
      'Sqoop compiles a class for each job and found no Java compiler: it runs on a JRE. Let it run on a JDK (JAVA_HOME, or the java of "command").',
    nothingWritten: true,
  },
  {
    pattern: /InaccessibleObjectException[^\n]*|UnsupportedClassVersionError[^\n]*/,
    code: "backend-unavailable",
    words: (_, said) => `Sqoop does not run on this Java: ${said}. Java 8 to 17 are known to work.`,
    nothingWritten: true,
  },
  {
    pattern: /OutOfMemoryError[^\n]*/,
    code: "backend-failed",
    words: (_, said) => `Sqoop ran out of memory: ${said}. Give its Java more (-Xmx in "command").`,
    nothingWritten: false,
  },
  {
    pattern: /No space left on device/,
    code: "disk-full",
    words: (_, said) => `Sqoop's temporary folder is full: ${said}. Free some space, or set TMPDIR.`,
    nothingWritten: false,
  },
  {
    pattern: /permission denied for [^\n]*|must be owner of [^\n]*/,
    code: "unauthorized",
    words: (where, said) =>
      `${where} does not allow this login to do that: ${said}. Grant the right, or use another login.`,
    nothingWritten: true,
  },
  {
    pattern: /column "?[^\n]*"? does not exist/,
    code: "mapping-mismatch",
    words: (where, said) =>
      `${where} has changed: ${said}. Look at the mapping again, and take the column out of it or put it back.`,
    nothingWritten: true,
  },
  {
    pattern: /(?:relation|function|schema) [^\n]* does not exist/,
    code: "not-set-up",
    words: (where, said) =>
      `${where} lacks what Driftscope needs: ${said}. \`driftscope init CONNECTION\` shows what it would make, and makes it.`,
    nothingWritten: true,
  },
];

/** What a server of SQL says is final: its transaction is taken back. */
const SQL_ERROR = /PSQLException: ERROR: ([^\n]*)/;
/** What other drivers say, of which nobody knows whether it was the server that said it. */
const OTHER_SQL_ERROR =
  /(?:Error executing statement: [\w.$]+|\.JdbcSQL\w*Exception|\.SQL\w*Exception): ([^\n]*)/;
const LAST_ERROR = /\bERROR\b[^\n:]*: ([^\n]*)/g;

/** @param output The end of what the run wrote to its standard error. */
export function runFailure(where: string, doing: string, output: string, how: string): BackendError {
  const cause = new Error(output.slice(-4000));
  for (const { pattern, code, words, nothingWritten } of KNOWN) {
    const said = pattern.exec(output)?.[0];
    if (said !== undefined) {
      return new BackendError(code, words(where, said.trim().replace(/\.$/, "")), { cause, nothingWritten });
    }
  }
  const refused = SQL_ERROR.exec(output)?.[1];
  if (refused !== undefined) {
    return new BackendError("backend-failed", `${where} refused ${doing}: ${refused}.`, { cause });
  }
  const last = OTHER_SQL_ERROR.exec(output) ?? Array.from(output.matchAll(LAST_ERROR)).at(-1);
  const said = last?.[1]?.replace(/; SQL statement:$/, "") ?? output.trim().split("\n").at(-1) ?? "";
  return new BackendError(
    "backend-failed",
    `Sqoop failed at ${doing} (${how})${said === "" ? "" : `: ${said.trim().slice(0, 500)}`}.`,
    { cause, nothingWritten: false },
  );
}
