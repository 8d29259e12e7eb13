import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { readSecret } from "../../../bridge/config/secret.ts";

const folder = mkdtempSync(join(tmpdir(), "driftscope-secret-"));
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

test("a secret in a file is its text without the last line break; others may not read the file", () => {
  writeFileSync(join(folder, "open"), "secret", { mode: 0o644 });
  expect(() => readSecret({ file: "open" }, folder)).toThrow("chmod 600");
  writeFileSync(join(folder, "own"), " a secret \n", { mode: 0o600 });
  expect(readSecret({ file: "own" }, folder)).toBe(" a secret ");
  expect(() => readSecret({ file: "missing" }, folder)).toThrow(join(folder, "missing"));
});

test("a secret in the environment; a variable that is not set is named", () => {
  vi.stubEnv("DRIFTSCOPE_SECRET", "from the environment");
  expect(readSecret({ env: "DRIFTSCOPE_SECRET" }, folder)).toBe("from the environment");
  vi.stubEnv("DRIFTSCOPE_SECRET", "");
  expect(() => readSecret({ env: "DRIFTSCOPE_SECRET" }, folder)).toThrow("DRIFTSCOPE_SECRET");
});
