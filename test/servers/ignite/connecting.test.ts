import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { IgniteBackend } from "../../../bridge/backends/ignite/ignite-backend.ts";
import { create, freshStore, readOne, tokenOf, writeOne } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import type { CliResult } from "../../support/bridge/test-bridge.ts";
import { freePort } from "../free-ports.ts";
import { beforeSetUp } from "../suites/before-set-up.ts";
import { ConfiguredCli } from "../suites/configured-cli.ts";
import { freshBackend, freshPrefix, igniteSettings } from "./fresh-tables.ts";
import { IgniteServer } from "./ignite-server.ts";
import { runSql } from "./run-sql.ts";

/** What a person meets on the way to a connection that works. */
describe("driftscope init and doctor", () => {
  let configured: ConfiguredCli;
  beforeAll(async () => {
    configured = await ConfiguredCli.start();
  });
  afterAll(() => configured.dispose());

  const cli = (settings: object, ...args: string[]): Promise<CliResult> =>
    configured.run({ backend: "ignite", url: inject("ignite"), ...settings }, ...args);

  test("the tables are shown before they are made, made once, and found again", async () => {
    const prefix = freshPrefix();
    expect(await cli({ prefix }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! .*driftscope init/),
    });
    const asked = await cli({ prefix }, "init", "far");
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(asked.stdout).toContain(`CREATE TABLE IF NOT EXISTS "${prefix}_records"`);
    expect((await cli({ prefix }, "doctor")).exitCode).toBe(3);
    for (const _ of [1, 2])
      expect(await cli({ prefix }, "init", "far", "--yes")).toMatchObject({ exitCode: 0 });
    const healthy = await cli({ prefix }, "doctor", "far");
    expect(healthy).toMatchObject({ exitCode: 0, stderr: "" });
    expect(healthy.stdout).toMatch(/ok server: Ignite 2\./);
    for (const about of ["cluster", "clock", "data", "writing"]) {
      expect(healthy.stdout).toContain(`ok ${about}: `);
    }
    expect(healthy.stdout).toMatch(/\?\? access: .*any web page/);
  });

  test("a port where nobody listens, and one where something else does, are told with what to do", async () => {
    const port = await freePort();
    expect(await cli({ url: `http://127.0.0.1:${port}` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: nothing listens there/),
    });
    expect(await cli({ url: `${inject("ignite")}/elsewhere` }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*not as Ignite's REST API does/),
    });
  });

  test("TLS to a port that speaks none does not connect", async () => {
    const url = inject("ignite").replace("http:", "https:");
    expect(await cli({ url }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! server: .*cannot be reached: TLS could not be agreed on/),
    });
  });

  test("a table of our name that somebody else made is told by its columns, and not used", async () => {
    const prefix = freshPrefix();
    const backend = await freshBackend({ prefix: `${prefix}_x` });
    await backend.close();
    await runSql(`${prefix}_x`, `CREATE TABLE "${prefix}_records" (k VARCHAR PRIMARY KEY, v VARCHAR)`);
    await cli({ prefix }, "init", "far", "--yes");
    expect(await cli({ prefix }, "doctor")).toMatchObject({
      exitCode: 3,
      stdout: expect.stringMatching(/!! table \S+_records: is not ours.*version should be java.lang.String/),
    });
  });
});

beforeSetUp(() => new IgniteBackend(igniteSettings()));

describe("a node with a secret key and users, whose sessions last a second", () => {
  const secretKey = "a key of the cluster";
  const password = "ignite";
  let node: IgniteServer;
  let configured: ConfiguredCli;
  beforeAll(async () => {
    node = await IgniteServer.start({ secretKey, users: true, sessionSeconds: 1, timeZone: "Asia/Kolkata" });
    configured = await ConfiguredCli.start();
    for (const [name, secret] of Object.entries({ key: secretKey, password, wrong: "another" })) {
      writeFileSync(join(configured.folder, name), secret, { mode: 0o600 });
    }
  }, 600_000);
  afterAll(async () => {
    await configured?.dispose();
    await node?.dispose();
  });

  const login = (file: string): object => ({ username: "ignite", password: { file } });
  const doctor = (settings: object): Promise<CliResult> =>
    configured.run({ backend: "ignite", url: node.url, ...settings }, "doctor");

  test.each([
    ["no secret key", { credentials: login("password") }, "secretKey"],
    ["a wrong secret key", { secretKey: { file: "wrong" }, credentials: login("password") }, "secretKey"],
    ["no login", { secretKey: { file: "key" } }, 'name it as "credentials"'],
    ["a wrong password", { secretKey: { file: "key" }, credentials: login("wrong") }, "credentials"],
  ])("%s is told", async (_, settings, said) => {
    const { exitCode, stdout } = await doctor(settings);
    expect(exitCode).toBe(3);
    expect(stdout).toContain(said);
    expect(stdout).not.toContain(secretKey);
  });

  test("with both it works, also when the node has forgotten the session", async () => {
    const settings = { secretKey: { file: "key" }, credentials: login("password") };
    const made = await configured.run(
      { backend: "ignite", url: node.url, ...settings },
      "init",
      "far",
      "--yes",
    );
    expect(made).toMatchObject({ exitCode: 0 });
    const healthy = await doctor(settings);
    expect(healthy).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("ok access: ") });
    // Its zone is not that of this machine.
    expect(healthy.stdout).toMatch(/ok clock: +agrees/);
    const bed = directBed(
      await freshBackend({
        url: node.url,
        secretKey: () => secretKey,
        credentials: () => ({ username: "ignite", password }),
      }),
    );
    try {
      const { store } = await freshStore(bed);
      tokenOf(await writeOne(store, create("a", 1)));
      // The time is what is tested: the session ends by it.
      await wait(3000);
      tokenOf(await writeOne(store, create("b", 2)));
      expect((await readOne(store, "a")).state).toBe("present");
    } finally {
      await bed.dispose();
    }
  });
});
