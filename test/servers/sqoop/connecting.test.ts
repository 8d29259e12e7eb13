import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { PostgresqlDialect } from "../../../bridge/backends/sqoop/dialects/postgresql.ts";
import { SqoopBackend } from "../../../bridge/backends/sqoop/sqoop-backend.ts";
import { create, freshStore, readOne, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { beforeSetUp } from "../suites/before-set-up.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { freshBackend, freshPrefix, sqoopSettings } from "./fresh-tables.ts";
import { OWNER, PASSWORD } from "./postgresql-server.ts";
import { runSql } from "./run-sql.ts";
import { sqoopCommand } from "./sqoop-command.ts";

let configured: ConfiguredCli;
beforeAll(async () => {
  configured = await ConfiguredCli.start();
  for (const [name, secret] of Object.entries({ password: PASSWORD, wrong: "another" })) {
    writeFileSync(join(configured.folder, name), `${secret}\n`, { mode: 0o600 });
  }
});
afterAll(() => configured.dispose());

const login = (username = OWNER, file = "password"): object => ({ username, password: { file } });

/** `driftscope` on a connection to the project's database. */
function cli(settings: object, ...args: string[]): Promise<CliResult> {
  const { connect, command } = sqoopSettings();
  return configured.run({ backend: "sqoop", connect, command, credentials: login(), ...settings }, ...args);
}

/** What a person meets on the way to a connection that works. */
describe("driftscope init and doctor", () => {
  test("tables and functions are shown before they are made, made once, and found again", async () => {
    const prefix = freshPrefix();
    expect(await cli({ prefix }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table .*driftscope init/),
    });
    const asked = await cli({ prefix }, "init", "far");
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(asked.stdout).toContain(`CREATE OR REPLACE FUNCTION ${prefix}_merge`);
    for (const _ of [1, 2]) {
      expect(await cli({ prefix }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    }
    const healthy = await cli({ prefix }, "doctor", "far");
    expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
    for (const said of ["ok sqoop: Sqoop 1.4.7", "ok database: PostgreSQL 1", "ok clock: "]) {
      expect(healthy.stdout).toContain(said);
    }
  }, 600_000);

  const refused: [string, () => object | Promise<object>, RegExp][] = [
    [
      "Sqoop that is not there",
      () => ({ command: ["sqoop-that-nobody-installed"] }),
      /!! sqoop: .*no such program.*Install Sqoop 1\.4\.7/,
    ],
    [
      "Sqoop without Hadoop",
      () => ({ command: withoutJars(/hadoop-/) }),
      /!! sqoop: Sqoop is not whole: .*class path of "command"/,
    ],
    [
      "a JRE, which compiles nothing",
      () => ({ command: onJre() }),
      /!! database: .*no Java compiler: it runs on a JRE/,
    ],
    [
      "a JDBC driver that is not there",
      () => ({ command: withoutJars(/postgresql-/) }),
      /!! database: .*JDBC driver's jar/,
    ],
    ["a wrong password", () => ({ credentials: login(OWNER, "wrong") }), /!! database: .*refuses the login/],
    [
      "a database that nobody made",
      () => ({ connect: sqoopSettings().connect.replace(/\w+$/, "nowhere") }),
      /!! database: .*"nowhere" does not exist/,
    ],
    [
      "a port where nobody listens",
      async () => ({ connect: `jdbc:postgresql://127.0.0.1:${await freePort()}/postgres` }),
      /!! database: .*cannot be reached: Connection to \S+ refused/,
    ],
    [
      "a run that never ends",
      () => ({ command: [process.execPath, "-e", "setInterval(() => {}, 1000)"], timeLimitMs: 1000 }),
      /!! sqoop: .*within 1 s and was stopped.*timeLimitMs/,
    ],
  ];
  test.each(refused)("%s is told, with what to do, and no secret", async (_, settings, said) => {
    const { exitCode, stdout } = await cli(await settings(), "doctor");
    expect(stdout).toMatch(said);
    expect(exitCode).toBe(3);
    expect(stdout).not.toContain(PASSWORD);
  });

  test("a login that may only read is told which rights it lacks, and reads", async () => {
    const prefix = freshPrefix();
    const owner = await freshBackend({}, undefined, prefix);
    const { store, collection } = await freshStore(directBed(owner));
    tokenOf(await writeOne(store, create("a", 1)));
    await runSql(`CREATE ROLE ${prefix}_guest LOGIN PASSWORD 'guest'`);
    await runSql(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${prefix}_guest`);
    writeFileSync(join(configured.folder, "guest"), "guest", { mode: 0o600 });
    const asGuest = await cli({ prefix, credentials: login(`${prefix}_guest`, "guest") }, "doctor");
    expect(asGuest.stdout).toMatch(/\?\? table \S+_records: this login lacks INSERT, UPDATE: GRANT it/);
    const bed = directBed(
      new SqoopBackend(
        sqoopSettings({ credentials: { username: `${prefix}_guest`, password: () => "guest" } }),
        new PostgresqlDialect(prefix),
      ),
    );
    try {
      const mine = await bed.store(collection);
      expect((await readOne(mine, "a")).state).toBe("present");
      expect(await writeOne(mine, create("b", 1))).toMatchObject({
        status: "rejected",
        code: "unauthorized",
        reason: expect.stringContaining("Grant the right"),
      });
    } finally {
      await bed.dispose();
      await owner.close();
    }
  }, 600_000);
});

beforeSetUp(() => new SqoopBackend(sqoopSettings(), new PostgresqlDialect(freshPrefix())));

test("a password by alias: Hadoop's provider keeps it, and only its name is told", async () => {
  const provider = `jceks://file${join(configured.folder, "passwords.jceks")}`;
  const java = sqoopCommand().slice(0, -1);
  const shell = ["org.apache.hadoop.security.alias.CredentialShell", "create", "far.password"];
  const { status } = spawnSync(java[0] as string, [
    ...java.slice(1),
    ...shell,
    ...["-value", PASSWORD, "-provider", provider],
  ]);
  expect(status).toBe(0);
  const credentials = { username: OWNER, passwordAlias: "far.password", provider };
  const prefix = freshPrefix();
  expect(await cli({ prefix, credentials }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
  const unknown = { ...credentials, passwordAlias: "nobodys" };
  expect((await cli({ prefix, credentials: unknown }, "doctor")).stdout).toMatch(
    /!! database: .*Check "passwordAlias"/,
  );
}, 600_000);

test("nothing of a run shows in its arguments, and nothing of it is left", async () => {
  const seen = join(configured.folder, "arguments");
  const wrapper = `
    require("node:fs").appendFileSync(${JSON.stringify(seen)}, process.argv.slice(1).join(" ") + "\\n");
    const run = require("node:child_process").spawnSync(process.argv[1], process.argv.slice(2), { stdio: "inherit" });
    process.exit(run.status ?? 1);`;
  const left = (): string[] => readdirSync(tmpdir()).filter((name) => /^sqoop-/.test(name));
  const before = left();
  const backend = await freshBackend({ command: [process.execPath, "-e", wrapper, ...sqoopCommand()] });
  const bed = directBed(backend);
  const { store } = await freshStore(bed);
  tokenOf(await writeOne(store, create("a", "a body of its own")));
  const { path } = backend.work;
  expect(readdirSync(path).sort()).toEqual(["DriftscopeAnswer.jar", "DriftscopeInbox.jar", "owner"]);
  await bed.dispose();
  expect(() => readdirSync(path)).toThrow("ENOENT");
  expect(left()).toEqual(before);
  const lines = readFileSync(seen, "utf8");
  expect(lines).toContain("export --options-file");
  for (const secret of [PASSWORD, "a body of its own", inject("postgresql").toString()]) {
    expect(lines).not.toContain(secret);
  }
}, 600_000);

function withoutJars(names: RegExp): string[] {
  return sqoopCommand().map((part) =>
    part
      .split(delimiter)
      .filter((jar) => !names.test(jar.split("/").at(-1) ?? ""))
      .join(delimiter),
  );
}

/** What a JRE has: all modules but those of a JDK's tools. */
function onJre(): string[] {
  const [java = "java", ...others] = sqoopCommand();
  return [
    java,
    "--limit-modules=java.se,jdk.unsupported,jdk.crypto.ec,jdk.zipfs,jdk.security.auth",
    ...others,
  ];
}
