import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ensureBrowser } from "../../support/browsers/ensure-browser.ts";
import { findBrowser } from "../../support/browsers/find-browser.ts";

/** A machine with nothing on its PATH but what a test puts there. */
let bin: string;

beforeEach(() => {
  bin = mkdtempSync(join(tmpdir(), "driftscope-bin-"));
  vi.stubEnv("PATH", bin);
  vi.stubEnv("CHROMIUM", "");
  vi.stubEnv("FIREFOX", "");
  vi.stubEnv("PLAYWRIGHT_BROWSERS_PATH", join(bin, "none"));
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(bin, { recursive: true });
});

function program(name: string, script: string): string {
  const path = join(bin, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("takes what is on PATH, and not what only looks like a browser", () => {
  program("chromium", "exit 1");
  const works = program("chromium-browser", "exit 0");
  expect(ensureBrowser("chromium")).toBe(works);
});

test("takes what the variable names, and refuses to take another", () => {
  program("chromium", "exit 0");
  const asked = program("mine", "exit 1");
  vi.stubEnv("CHROMIUM", asked);
  expect(findBrowser("chromium")).toBe(asked);
  vi.stubEnv("CHROMIUM", join(bin, "missing"));
  expect(() => findBrowser("chromium")).toThrow("$CHROMIUM names");
});

test.runIf(process.platform === "linux")("as root, apt is asked after Playwright could not", () => {
  vi.spyOn(process, "getuid").mockReturnValue(0);
  program("npx", "exit 1");
  program(
    "apt-get",
    `
     if [ "$1" = install ]; then printf '#!/bin/sh\\nexit 0\\n' > ${bin}/chromium; /bin/chmod +x ${bin}/chromium; fi`,
  );
  expect(ensureBrowser("chromium")).toBe(join(bin, "chromium"));
});

test.runIf(process.platform === "linux")("names the one command where nothing can be installed", () => {
  vi.spyOn(process, "getuid").mockReturnValue(1000);
  program("apt-get", "exit 0");
  expect(() => ensureBrowser("firefox")).toThrow("sudo apt-get install firefox-esr");
  program("npx", "exit 1");
  expect(() => ensureBrowser("chromium")).toThrow("sudo npx playwright install --with-deps chromium");
});
