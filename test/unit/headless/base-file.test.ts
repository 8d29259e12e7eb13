import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { SqliteFile } from "../../../bridge/backends/sqlite/driver.ts";
import { BaseFile } from "../../../bridge/headless/base/base-file.ts";
import { FileBaseStore } from "../../../bridge/headless/base/file-base-store.ts";
import { baseIdentity } from "../../support/local-database.ts";

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-base-file-"));
  path = join(folder, "headless.sqlite");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a file of a later version is refused with the next step, and stays as it is", () => {
  new BaseFile(path).close();
  const file = new SqliteFile(path, 1000);
  file.exec("PRAGMA user_version = 2");
  file.close();
  expect(() => new BaseFile(path)).toThrow(/written by a newer Driftscope.*update this one/);
  const again = new SqliteFile(path, 1000);
  expect(again.statement("PRAGMA user_version").get([])).toEqual([2]);
  again.close();
});

test("a file that is no database is told with the next step, and never taken for an empty base", () => {
  const garbage = "no database at all ".repeat(500);
  writeFileSync(path, garbage);
  expect(() => new BaseFile(path)).toThrow(/cannot be read or written: .*move it away/);
  expect(readFileSync(path, "utf8")).toBe(garbage);
});

test("a row that does not decode is told, and never taken for a record without a base", async () => {
  const file = new BaseFile(path);
  const base = new FileBaseStore(file, baseIdentity(), { profile: "one" });
  await base.setKnownSides({ databaseVersion: 1, keyPath: "id", autoIncrement: false });
  file.run("UPDATE bases SET knownSides = ?", [Uint8Array.of(1, 2, 3)]);
  await expect(base.knownSides()).rejects.toThrow(/does not decode.*move it away/);
  file.close();
});
