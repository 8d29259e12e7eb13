import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));

export interface CouchServer {
  /** With a slash at the end; a database's name comes after it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Installs the packages that PouchDB and its server consist of, where they are not there yet. */
export function installPeers(): void {
  if (existsSync(`${FOLDER}node_modules/pouchdb`)) return;
  console.log("installing PouchDB and express-pouchdb for this benchmark");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: FOLDER, stdio: "inherit" });
}

/** PouchDB's script for pages. */
export function pouchScript(): string {
  return readFileSync(`${FOLDER}node_modules/pouchdb/dist/pouchdb.min.js`, "utf8");
}

/** @param folder For its databases. */
export async function startCouchServer(folder: string): Promise<CouchServer> {
  const child = fork(`${FOLDER}couch-server.mjs`, [folder], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  const [port] = (await Promise.race([
    once(child, "message"),
    ended.then(() => {
      throw new Error("express-pouchdb ended before it listened");
    }),
  ])) as [number];
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      child.kill();
      await ended;
    },
  };
}
