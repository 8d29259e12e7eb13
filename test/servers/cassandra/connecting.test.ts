import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { beforeSetUp } from "../suites/before-set-up.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { backendOn } from "./fresh-backend.ts";
import { freshKeyspace, inKeyspace } from "./fresh-keyspace.ts";

/** What a person meets on the way to a connection that works. */
describe("driftscope init and doctor", () => {
  let keyspace: string;
  let configured: ConfiguredCli;

  beforeAll(async () => {
    keyspace = await freshKeyspace();
    configured = await ConfiguredCli.start();
  });
  afterAll(() => configured.dispose());

  const cli = (settings: object, ...args: string[]): Promise<CliResult> =>
    configured.run(
      { backend: "cassandra", contactPoints: [inject("cassandra")], keyspace, ...settings },
      ...args,
    );

  test("the tables are shown before they are made, made once, and found again", async () => {
    expect(await cli({}, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table driftscope_collections: .*driftscope init/),
    });
    const asked = await cli({}, "init", "far");
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(asked.stdout).toContain(`CREATE TABLE IF NOT EXISTS "${keyspace}"."driftscope_records"`);
    expect((await cli({}, "doctor")).exitCode).toBe(3);
    for (const _ of [1, 2]) expect(await cli({}, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    const healthy = await cli({}, "doctor", "far");
    expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
    expect(healthy.stdout).toMatch(/ok server: Cassandra 5\./);
    for (const about of ["clock", "keyspace", "reading", "writing"]) {
      expect(healthy.stdout).toContain(`ok ${about}: `);
    }
  });

  test("a keyspace that is not there, and a port where nobody listens, are told with what to do", async () => {
    expect(await cli({ keyspace: "nowhere" }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('!! keyspace: there is no keyspace "nowhere"'),
    });
    const port = await freePort();
    expect(await cli({ contactPoints: [`127.0.0.1:${port}`] }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: nothing listens there/),
    });
    expect(await cli({ localDataCenter: "elsewhere" }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining('"datacenter1"'),
    });
  });

  test("TLS to a port that speaks none does not connect", async () => {
    expect(await cli({ tls: {} }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached/),
    });
  });

  test("a table of our name that somebody else made is told by its columns, and not used", async () => {
    const other = await freshKeyspace();
    await inKeyspace(other, ["CREATE TABLE driftscope_records (key text PRIMARY KEY, value text)"]);
    await cli({ keyspace: other }, "init", "far", "--yes");
    expect(await cli({ keyspace: other }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table driftscope_records: is not ours.*bucket should be int/),
    });
  });

  test("a secret that cannot be had is told by the name of where it should be", async () => {
    const credentials = { username: "somebody", password: { env: "DRIFTSCOPE_NO_SUCH_SECRET" } };
    expect(await cli({ credentials }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringContaining("DRIFTSCOPE_NO_SUCH_SECRET"),
    });
  });
});

beforeSetUp(async () => backendOn(await freshKeyspace()));
