/**
 * The bridge's JavaScript, built from the sources as they are now, in a folder named after their contents:
 * a test that starts processes never runs what an earlier build left.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../repository.ts";

const SOURCES = ["bridge", "core", "agent"];
const OUTPUT = join(repositoryRoot, "test-output", "bridge");

let built: string | undefined;

/** The folder that holds `bridge/` as JavaScript, within a folder that is nobody else's. */
export function builtBridge(): string {
  built ??= build();
  return built;
}

function build(): string {
  const folder = join(OUTPUT, hashOfSources());
  const program = join(folder, "node");
  if (existsSync(folder)) return program;
  mkdirSync(OUTPUT, { recursive: true });
  const temporary = `${folder}.${process.pid}`;
  const vite = join(repositoryRoot, "node_modules", ".bin", "vite");
  const config = join("test", "support", "bridge", "vite.config.ts");
  const outDir = join(temporary, "node");
  execFileSync(vite, ["build", "--config", config, "--outDir", outDir, "--logLevel", "warn"], {
    cwd: repositoryRoot,
    stdio: ["ignore", "ignore", "inherit"],
  });
  try {
    renameSync(temporary, folder);
  } catch {
    // Another test file was faster.
    rmSync(temporary, { recursive: true, force: true });
  }
  removeOlder(folder);
  return program;
}

function hashOfSources(): string {
  const hash = createHash("sha256");
  for (const room of SOURCES) {
    const files = readdirSync(join(repositoryRoot, room), { recursive: true, encoding: "utf8" });
    for (const file of files.filter((name) => name.endsWith(".ts")).sort()) {
      hash.update(file).update(readFileSync(join(repositoryRoot, room, file)));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

/** Keeps the last few: another run may still use one. */
function removeOlder(newest: string): void {
  const folders = readdirSync(OUTPUT).map((name) => join(OUTPUT, name));
  for (const folder of folders.filter((path) => path !== newest).slice(0, -4)) {
    rmSync(folder, { recursive: true, force: true });
  }
}
