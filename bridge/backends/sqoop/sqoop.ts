/** Apache Sqoop 1.4.7: databases that are reached by JDBC. */
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import type { BackendKind } from "../registry.ts";
import { PostgresqlDialect } from "./dialects/postgresql.ts";
import { JdbcBackend } from "./jdbc/jdbc-backend.ts";
import { SqoopBackend } from "./sqoop-backend.ts";
import type { SqoopCredentials, SqoopSettings } from "./sqoop-program.ts";

const DEFAULT_TIME_LIMIT_MS = 600_000;

const text = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, "expected a line of ASCII"),
    v.description(description),
  );

const username = v.pipe(v.string(), v.minLength(1, "expected a name"));

const queryName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,60}$/, "expected letters, digits, _ and -"));

const query = v.pipe(
  v.string(),
  v.regex(/^[\s\x20-\x7e]+$/, "expected ASCII: other characters as U&'\\00e9'"),
  v.check(
    (sql) => sql.includes("$CONDITIONS"),
    "expected $CONDITIONS in the query, where Sqoop puts what it reads: WHERE $CONDITIONS",
  ),
  v.check(
    (sql) => !/--|[;?]/.test(sql),
    "expected one statement without comments, semicolons and question marks",
  ),
);

const settings = {
  connect: v.pipe(
    v.string(),
    v.regex(
      /^jdbc:[a-z0-9]+:[\x21-\x7e]+$/i,
      "expected a JDBC address: jdbc:postgresql://HOST:PORT/DATABASE",
    ),
    v.check(
      (url) => !/[?&;](?:user|password)=|\/\/[^/]*:[^/]*@|^jdbc:oracle:[^@]*\/[^@]*@/i.test(url),
      'expected no login in the address: name it as "credentials"',
    ),
    v.description(
      "JDBC address of the database: jdbc:postgresql://localhost:5432/shop. Of another database than PostgreSQL only tables can be read.",
    ),
  ),
  command: v.pipe(
    v.optional(v.pipe(v.array(v.string()), v.minLength(1, "expected a program")), ["sqoop"]),
    v.description(
      'How Sqoop is started: its program, or java with its class path and org.apache.sqoop.Sqoop; absent = ["sqoop"].',
    ),
  ),
  environment: v.pipe(
    v.optional(v.record(v.string(), v.string()), {}),
    v.description("Environment variables for it, such as JAVA_HOME or HADOOP_COMMON_HOME: no secrets."),
  ),
  driver: v.exactOptional(text("Class of the JDBC driver: for another database than PostgreSQL.")),
  prefix: v.pipe(
    v.optional(
      v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,40}$/, "expected lower-case letters, digits and _")),
      "driftscope",
    ),
    v.description("How the names of the tables and functions begin; absent = driftscope."),
  ),
  queries: v.pipe(
    v.optional(v.record(queryName, query), {}),
    v.description(
      'Queries that can be mapped to be pulled, as "query:NAME" among the tables: SELECT … WHERE $CONDITIONS.',
    ),
  ),
  timeLimitMs: v.pipe(
    v.optional(v.pipe(v.number(), v.integer(), v.minValue(1)), DEFAULT_TIME_LIMIT_MS),
    v.description("How long one run of Sqoop may take, in milliseconds; then it is stopped."),
  ),
  credentials: v.exactOptional(
    v.pipe(
      v.union([
        v.strictObject({ username, password: SecretSchema }),
        v.strictObject({
          username,
          passwordAlias: text("Name of the password in the provider."),
          provider: text("Hadoop's credential provider: jceks://file/home/me/passwords.jceks."),
        }),
      ]),
      v.description(
        "Login of the database: with a password, or with an alias that Hadoop's credential provider knows.",
      ),
    ),
  ),
};

type Credentials = NonNullable<Parameters<BackendKind<typeof settings>["open"]>[0]["credentials"]>;

export const sqoop: BackendKind<typeof settings> = {
  settings,
  open: (
    { connect, command, environment, driver, prefix, queries, timeLimitMs, credentials },
    configFolder,
  ) => {
    const program: SqoopSettings = {
      where: `Sqoop on ${connect}`,
      connect,
      command,
      environment,
      driver,
      timeLimitMs,
      credentials: credentials && credentialsOf(credentials, configFolder),
    };
    return isPostgresql(connect)
      ? new SqoopBackend(program, new PostgresqlDialect(prefix), queries)
      : new JdbcBackend(program, queries);
  },
  describe: ({ connect, prefix }) =>
    isPostgresql(connect) ? `${connect} by Sqoop, tables ${prefix}_*` : `${connect} by Sqoop, read only`,
};

const isPostgresql = (connect: string): boolean => connect.startsWith("jdbc:postgresql:");

function credentialsOf(credentials: Credentials, configFolder: string): SqoopCredentials {
  const { username } = credentials;
  if ("passwordAlias" in credentials) {
    return { username, alias: credentials.passwordAlias, provider: credentials.provider };
  }
  return { username, password: () => readSecret(credentials.password, configFolder) };
}
