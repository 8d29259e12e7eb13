import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { parseConfig } from "../../bridge/config/load-config.ts";
import { Journal } from "../../bridge/journal/journal.ts";
import type { Intent } from "../../bridge/journal/journal-records.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { repositoryRoot } from "../support/repository.ts";

let bridge: TestBridge;
let folder: string;
beforeEach(async () => {
  bridge = await TestBridge.start();
  folder = mkdtempSync(join(tmpdir(), "driftscope-cli-"));
});
afterEach(async () => {
  await bridge.dispose();
  rmSync(folder, { recursive: true, force: true });
});

describe("driftscope bridge", () => {
  test("ends cleanly on SIGTERM, and is not running then", async () => {
    expect(existsSync(join(bridge.dataDir, "running.json"))).toBe(true);
    expect(await bridge.stop()).toBe(0);
    expect(existsSync(join(bridge.dataDir, "running.json"))).toBe(false);
    expect(await bridge.cli("pair", "--data", bridge.dataDir)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("driftscope bridge"),
    });
  });

  test("a second one on the data folder is refused, also while the first is only just there", async () => {
    const second = await bridge.cli("bridge", "--port", "0", "--data", bridge.dataDir);
    expect(second.exitCode).toBe(3);
    expect(second.stderr).toContain(`already uses the data folder ${bridge.dataDir} on port ${bridge.port}`);
    await bridge.pair(bridge.pairing);
  });

  test("one that was killed leaves nothing in the way", async () => {
    await bridge.kill();
    expect(existsSync(join(bridge.dataDir, "running.json"))).toBe(true);
    await bridge.run();
    await bridge.pair(bridge.pairing);
  });

  test("a port that is taken is named, and the folder stays free", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const refused = await bridge.cli("bridge", "--port", String(port), "--data", folder);
    other.close();
    expect(refused).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining(`127.0.0.1:${port}: another program listens there`),
    });
    expect(existsSync(join(folder, "running.json"))).toBe(false);
  });

  test.each([
    ['{"port": 1,}', "driftscope.config.json:1:12: this is not JSON"],
    ['{"prot": 1}', 'did you mean "port"'],
  ])("a config file like %s ends it before it starts", async (text, message) => {
    const file = join(folder, "driftscope.config.json");
    writeFileSync(file, text);
    expect(await bridge.cli("bridge", "--config", file)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining(message),
    });
  });

  test("a data folder that cannot be is wrong usage", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "");
    expect(await bridge.cli("bridge", "--data", join(file, "x"))).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("--data"),
    });
  });
});

describe("the other commands", () => {
  test("help is no error, what is unknown is", async () => {
    const help = await bridge.cli("--help");
    expect(help.exitCode).toBe(0);
    for (const command of ["bridge", "pair", "panels", "revoke", "journal", "forget", "init"])
      expect(help.stdout).toContain(command);
    for (const args of [["dance"], ["bridge", "--loud"], ["bridge", "--port", "-1"], ["revoke"]]) {
      expect((await bridge.cli(...args)).exitCode).toBe(2);
    }
  });

  test.each(["package.json", "manifest.json"])("the version is that of %s", async (file) => {
    const { version } = JSON.parse(readFileSync(join(repositoryRoot, file), "utf8"));
    expect(await bridge.cli("--version")).toMatchObject({ exitCode: 0, stdout: `${version}\n` });
  });

  test("init writes a config file that can be used, and overwrites none", async () => {
    const made = await bridge.cli("init");
    expect(made.exitCode).toBe(0);
    const file = join(bridge.folder, "driftscope.config.json");
    const text = readFileSync(file, "utf8");
    expect(parseConfig(text, file).connections).toEqual({
      local: { backend: "sqlite", file: "driftscope.sqlite", level: "confirm" },
    });
    expect(await bridge.cli("init")).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("is there already"),
    });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("panels and revoke without any panel say what to do", async () => {
    expect((await bridge.cli("panels", "--data", bridge.dataDir)).stdout).toContain("driftscope pair");
    expect(await bridge.cli("revoke", "nobody", "--data", bridge.dataDir)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("driftscope panels"),
    });
  });

  test("pair ends the pairing that was open", async () => {
    const { stdout } = await bridge.cli("pair", "--data", bridge.dataDir);
    expect(stdout.trim()).not.toBe(bridge.pairing);
    await expect(bridge.pair(bridge.pairing)).rejects.toMatchObject({ code: "code-wrong" });
    await bridge.pair(stdout.trim());
  });

  test("journal and forget show what is held about an origin, and delete that alone", async () => {
    await bridge.stop();
    const journal = new Journal(join(bridge.dataDir, "journal"));
    for (const [applyId, origin] of [
      ["one", "https://shop.example"],
      ["two", "https://shop.example.evil"],
    ] as const) {
      const of = { connection: "local", collection: "shop.items", applyId };
      await journal.intend(of, [INTENT], false, async () => ({
        origin,
        writer: "x".repeat(26),
        startedAt: 1,
      }));
    }
    await journal.close();
    const reports = join(bridge.dataDir, "schedules", "nightly.reports");
    mkdirSync(reports, { recursive: true });
    for (const page of ["https://shop.example/cart?x=1", "https://shop.example.evil/"]) {
      writeFileSync(join(reports, `${new URL(page).host}.json`), JSON.stringify({ format: 1, page }));
    }
    const data = ["--data", bridge.dataDir];
    const told = await bridge.cli("journal", ...data);
    expect(told.stdout).toMatch(/holds {4}2 applies, 0\.0 MB\n {2}limits {3}30 days, 1024\.0 MB/);
    expect(told.stdout).toContain("local/shop.items: 1 operations, 0.0 MB, of https://shop.example, by xxx");
    expect(told.stdout).toContain("unsettled");

    const asked = await bridge.cli("forget", "https://shop.example/", ...data);
    expect(asked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining("--yes") });
    expect(asked.stdout).toContain("journal of 1 apply");
    expect(asked.stdout).toContain("1 report of schedules");
    expect((await journal.list()).length).toBe(2);

    expect((await bridge.cli("forget", "https://shop.example", "--yes", ...data)).stdout).toContain(
      "Deleted.",
    );
    expect((await journal.list()).map(({ header }) => header?.origin)).toEqual(["https://shop.example.evil"]);
    expect(readdirSync(reports)).toEqual(["shop.example.evil.json"]);
    expect((await bridge.cli("forget", "https://shop.example", "--yes", ...data)).stdout).toContain(
      "Nothing is held",
    );

    await bridge.run();
    expect(await bridge.cli("forget", "https://shop.example.evil", "--yes", ...data)).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining("stop it first"),
    });
  });
});

const INTENT: Intent = {
  opId: "op",
  before: { key: Uint8Array.of(0x10), state: "absent" },
  token: "1.op",
  digest: undefined,
};
