/**
 * `npm run servers -- cassandra hbase ignite hdfs kafka sqoop`: starts those, pushes the demo's films to each, and writes a config file
 * for a bridge of one's own, until Ctrl+C.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repositoryRoot } from "../test/support/repository.ts";
import { DEMO_BACKENDS, type DemoBackend, type RunningBackend, startBackend } from "./backends.ts";
import { serveDemo } from "./server.ts";

const CLI = join(repositoryRoot, "dist/node/bridge/cli/main.js");

async function main(): Promise<number> {
  const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]).then(() => 130);
  const names = readNames(process.argv.slice(2));
  const opened: { close(): Promise<void> }[] = [];
  try {
    return await Promise.race([serve(names, opened), interrupted]);
  } finally {
    for (const one of opened.reverse()) await one.close();
  }
}

/** Ends when it is interrupted. */
async function serve(names: readonly DemoBackend[], opened: { close(): Promise<void> }[]): Promise<number> {
  const folder = join(repositoryRoot, ".driftscope/servers");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const demo = await serveDemo();
  opened.push(demo);
  const connections: Record<string, RunningBackend["connection"]> = {};
  for (const name of names) {
    console.log(`${name} is starting…`);
    const backend = await startBackend(name);
    opened.push(backend);
    connections[name] = backend.connection;
    console.log(`${name} is up: ${backend.where}`);
  }
  writeFileSync(join(folder, "driftscope.config.json"), JSON.stringify({ connections }, null, 2));
  for (const name of names) await pushFilms(name, demo.url, folder);
  console.log(`
The application whose films they have: ${demo.url}
The config file for a bridge: ${join(folder, "driftscope.config.json")}

  cd ${folder}
  node ${CLI} doctor
  node ${CLI} bridge

Ctrl+C ends them, and deletes what they hold.`);
  await new Promise(() => {});
  return 0;
}

/** As a script would do it, in a browser of its own. */
async function pushFilms(name: DemoBackend, page: string, folder: string): Promise<void> {
  const place = ["--page", page, "--database", "film-catalogue", "--store", "films", "--connection", name];
  const args = [CLI, "push", ...place, "--data", join(folder, "data"), "--yes"];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: "inherit" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`the films were not pushed to ${name}: see above`);
}

function readNames(args: readonly string[]): DemoBackend[] {
  const names = args.map((arg) => {
    const name = DEMO_BACKENDS.find((one) => one === arg);
    if (name === undefined)
      throw new Error(`There is no server "${arg}": there are ${DEMO_BACKENDS.join(", ")}.`);
    return name;
  });
  return names.length === 0 ? [...DEMO_BACKENDS] : names;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  },
);
