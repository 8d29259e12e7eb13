import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import cassandra from "cassandra-driver";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { CassandraBackend } from "../../../bridge/backends/cassandra/cassandra-backend.ts";
import { create, freshStore, readOne, remove, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { type SelfSigned, selfSigned } from "../self-signed.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { CassandraServer } from "./cassandra-server.ts";

const KEYSPACE = "logins";
const SUPERUSER = { username: "cassandra", password: "cassandra" };
const PASSWORDS = { writer: "of the writer", reader: "of the reader", nobody: "of nobody" } as const;

/** Roles with the rights that their names say. */
const ROLES = [
  `CREATE KEYSPACE ${KEYSPACE} WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}`,
  ...Object.entries(PASSWORDS).map(
    ([role, password]) => `CREATE ROLE ${role} WITH PASSWORD = '${password}' AND LOGIN = true`,
  ),
  `GRANT SELECT ON KEYSPACE ${KEYSPACE} TO writer`,
  `GRANT MODIFY ON KEYSPACE ${KEYSPACE} TO writer`,
  `GRANT SELECT ON KEYSPACE ${KEYSPACE} TO reader`,
];

let folder: string;
let signed: SelfSigned;
let server: CassandraServer;
let configured: ConfiguredCli;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-tls-"));
  signed = selfSigned(folder);
  server = await CassandraServer.start({
    client_encryption_options: {
      enabled: true,
      // Without TLS on the same port, too.
      optional: true,
      keystore: signed.keystore.file,
      keystore_password: signed.keystore.password,
      require_client_auth: false,
    },
    authenticator: "PasswordAuthenticator",
    authorizer: "CassandraAuthorizer",
    role_manager: "CassandraRoleManager",
    // Rights count at once.
    permissions_validity: "0ms",
    roles_validity: "0ms",
  });
  await asSuperuser(ROLES);
  const maker = backendOf(SUPERUSER);
  await maker.setUp.run();
  await maker.close();
  configured = await ConfiguredCli.start();
  for (const [role, password] of Object.entries({ ...PASSWORDS, cassandra: "cassandra", wrong: "guessed" })) {
    writeFileSync(join(configured.folder, role), password, { mode: 0o600 });
  }
}, 600_000);
afterAll(async () => {
  await configured?.dispose();
  await server?.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const contactPoints = (): string[] => [`127.0.0.1:${server.port}`];

const backendOf = (credentials: { readonly username: string; readonly password: string }): CassandraBackend =>
  new CassandraBackend({
    contactPoints: contactPoints(),
    keyspace: KEYSPACE,
    serialConsistency: "SERIAL",
    requestTimeoutMs: 12_000,
    credentials: () => credentials,
  });

const backendAs = (role: keyof typeof PASSWORDS): CassandraBackend =>
  backendOf({ username: role, password: PASSWORDS[role] });

async function asSuperuser(statements: readonly string[]): Promise<void> {
  // The superuser is there a moment after the server answers.
  const client = await vi.waitFor(connectAsSuperuser, { timeout: 60_000, interval: 200 });
  try {
    for (const statement of statements) await client.execute(statement);
  } finally {
    await client.shutdown();
  }
}

async function connectAsSuperuser(): Promise<cassandra.Client> {
  const client = new cassandra.Client({
    contactPoints: contactPoints(),
    localDataCenter: "datacenter1",
    credentials: SUPERUSER,
  });
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.shutdown();
    throw error;
  }
}

const doctor = (username?: string, file = username, settings: object = {}): Promise<CliResult> =>
  configured.run(
    {
      backend: "cassandra",
      contactPoints: contactPoints(),
      keyspace: KEYSPACE,
      ...(username === undefined ? {} : { credentials: { username, password: { file } } }),
      ...settings,
    },
    "doctor",
  );

describe("driftscope doctor", () => {
  test.each([
    ["no login", undefined, undefined],
    ["a wrong password", "writer", "wrong"],
    ["a user that is not there", "somebody", "wrong"],
  ])("with %s says that the login was refused, and where it is set", async (_, username, file) => {
    const { exitCode, stdout } = await doctor(username, file);
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/!! server: .*refused the login \(.+\): check "credentials"/);
    expect(stdout).not.toContain("guessed");
  });

  test("with a login that may do everything finds nothing", async () => {
    const { exitCode, stdout } = await doctor("writer");
    expect(stdout).toContain("ok writing: is allowed");
    expect(exitCode).toBe(0);
  });

  test("with a login that may only read names the right that writing takes, and its table", async () => {
    const { exitCode, stdout } = await doctor("reader");
    // It can be used to read.
    expect(exitCode).toBe(0);
    expect(stdout).toContain("ok reading: is allowed");
    expect(stdout).toMatch(
      /\?\? writing: .*reader has no MODIFY permission on <table logins\.driftscope_collections>.*Grant the right/,
    );
  });

  test("with a login that may nothing names the right that reading takes", async () => {
    const { exitCode, stdout } = await doctor("nobody");
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(
      /!! reading: .*nobody has no SELECT permission on <table logins\.driftscope_collections>/,
    );
  });
});

describe("over TLS", () => {
  const withTls = (tls: object): Promise<CliResult> => doctor("writer", "writer", { tls });

  test("a certificate that nobody vouches for is told, and what names it", async () => {
    const { exitCode, stdout } = await withTls({});
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/!! server: .*its certificate is signed by itself. Name it as "tls.ca"/);
  });

  test("one for another name is told", async () => {
    const { exitCode, stdout } = await withTls({ ca: signed.certificate, servername: "elsewhere.example" });
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/!! server: .*its certificate is for another name/);
  });

  test("one that is vouched for, by a file or by its text, connects", async () => {
    writeFileSync(join(configured.folder, "ca.pem"), signed.certificate);
    for (const ca of ["ca.pem", signed.certificate]) {
      expect(await withTls({ ca })).toMatchObject({
        exitCode: 0,
        stdout: expect.stringContaining("ok writing"),
      });
    }
  });
});

test("a login that may only read sees everything and writes nothing, which names the right", async () => {
  const writing = directBed(backendAs("writer"));
  const reading = directBed(backendAs("reader"));
  try {
    const { store, collection } = await freshStore(writing);
    const token = tokenOf(await writeOne(store, create("there", 1)));
    const seen = await reading.store(collection);
    expect(await readOne(seen, "there")).toMatchObject({ state: "present", token });
    const missing = { status: "rejected", code: "unauthorized", reason: expect.stringContaining("MODIFY") };
    expect(await writeOne(seen, create("new", 1))).toMatchObject(missing);
    expect(await writeOne(seen, remove("there", token))).toMatchObject(missing);
    expect(await readOne(store, "there")).toMatchObject({ state: "present", token });
    expect((await readOne(store, "new")).state).toBe("absent");
  } finally {
    await Promise.all([writing.dispose(), reading.dispose()]);
  }
});

test("a right that is granted later counts without a new connection", async () => {
  const bed = directBed(backendAs("reader"));
  const maker = directBed(backendAs("writer"));
  try {
    const { collection } = await freshStore(maker);
    const store = await bed.store(collection);
    const operation = create("x", 1);
    expect(await writeOne(store, operation)).toMatchObject({ status: "rejected", code: "unauthorized" });
    await asSuperuser([`GRANT MODIFY ON KEYSPACE ${KEYSPACE} TO reader`]);
    tokenOf(await writeOne(store, operation));
  } finally {
    await asSuperuser([`REVOKE MODIFY ON KEYSPACE ${KEYSPACE} FROM reader`]);
    await Promise.all([bed.dispose(), maker.dispose()]);
  }
});
