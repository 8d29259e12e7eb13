/** The command line of Sqoop as its manual has it, in local job mode; generated classes are compiled once. */
import { spawn } from "node:child_process";
import { createReadStream, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import pg from "pg";
import { login, OWNER, PASSWORD } from "../../servers/sqoop/postgresql-server.ts";
import type { StoredRow } from "./bare-backend.ts";

const TABLES = `CREATE TABLE bare_inbox (k text, version text, digest text, body text);
  CREATE TABLE bare_records (k bytea PRIMARY KEY, version text, digest bytea, body bytea);
  GRANT ALL ON bare_inbox, bare_records TO ${OWNER}`;

const MERGE = `INSERT INTO bare_records
  SELECT decode(k, 'hex'), version, decode(digest, 'hex'), decode(body, 'base64') FROM bare_inbox ON CONFLICT DO NOTHING`;

const VERSIONS = "SELECT encode(k, 'hex') AS k, version FROM bare_records WHERE $CONDITIONS";

const ROWS = `SELECT encode(k, 'hex') AS k, version, encode(digest, 'hex') AS digest,
  translate(encode(body, 'base64'), chr(10), '') AS body FROM bare_records WHERE $CONDITIONS`;

/** One file of local job mode. */
const PART = "part-m-00000";

export class BareSqoop {
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-bench-sqoop-"));
  readonly #command: readonly string[];
  readonly #connect: string;
  readonly #sql: pg.Client;
  #runs = 0;

  private constructor(command: readonly string[], connect: string, sql: pg.Client) {
    this.#command = command;
    this.#connect = connect;
    this.#sql = sql;
  }

  /** With its tables made, and its classes. @param connect Of JDBC. */
  static async open(command: readonly string[], connect: string): Promise<BareSqoop> {
    const sql = new pg.Client(login(Number(new URL(connect.slice("jdbc:".length)).port)));
    await sql.connect();
    await sql.query(TABLES);
    const bare = new BareSqoop(command, connect, sql);
    writeFileSync(join(bare.#folder, "password"), PASSWORD, { mode: 0o600 });
    const some = [{ key: "00", version: "1.x", digest: "00", body: "AA==" }];
    await bare.push(some);
    await bare.pull(some.length);
    return bare;
  }

  /** Exports the rows into an empty table, merges them into another and imports their versions. */
  async push(rows: readonly StoredRow[]): Promise<void> {
    await this.#sql.query("TRUNCATE bare_inbox, bare_records");
    const folder = this.#newFolder();
    const lines = rows.map(({ key, version, digest, body }) => `${key}\t${version}\t${digest}\t${body}\n`);
    const files = join(folder, "rows");
    mkdirSync(files);
    writeFileSync(join(files, "rows"), lines.join(""));
    const columns = ["--columns", "k,version,digest,body", "--input-fields-terminated-by", "\\t"];
    const options = ["--table", "bare_inbox", ...columns, "--export-dir", `file://${files}`, "-m", "1"];
    await this.#run("export", [...options, ...this.#classes("BareInbox")]);
    await this.#run("eval", ["--query", MERGE]);
    await this.#import(VERSIONS, "BareVersions", rows.length);
  }

  /** Imports what the last push has left. @param count How many rows there are. */
  pull(count: number): Promise<void> {
    return this.#import(ROWS, "BareRows", count);
  }

  async close(): Promise<void> {
    await this.#sql.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #import(query: string, name: string, count: number): Promise<void> {
    const target = join(this.#newFolder(), "rows");
    const options = ["--query", query.replace(/\s+/g, " "), "--target-dir", `file://${target}`, "-m", "1"];
    await this.#run("import", [...options, "--fields-terminated-by", "\\t", ...this.#classes(name)]);
    let lines = 0;
    for await (const _ of createInterface(createReadStream(join(target, PART)))) lines++;
    if (lines !== count) throw new Error(`the bare import brought ${lines} of ${count} rows`);
  }

  #newFolder(): string {
    const folder = join(this.#folder, `run-${++this.#runs}`);
    mkdirSync(folder);
    return folder;
  }

  #classes(name: string): string[] {
    const jar = join(this.#folder, `${name}.jar`);
    const made = existsSync(jar) ? ["--jar-file", jar] : [];
    return ["--class-name", name, "--bindir", this.#folder, "--outdir", this.#folder, ...made];
  }

  async #run(tool: "export" | "import" | "eval", options: readonly string[]): Promise<void> {
    const [program = "", ...first] = this.#command;
    const settings = {
      "mapreduce.framework.name": "local",
      "mapreduce.jobtracker.address": "local",
      "fs.defaultFS": "file:///",
      "hadoop.tmp.dir": join(this.#folder, "hadoop"),
      // A second and five seconds, when nobody says so.
      "mapreduce.client.progressmonitor.pollinterval": "20",
      "mapreduce.client.completion.pollinterval": "20",
    };
    const definitions = Object.entries(settings).map(([name, value]) => `-D${name}=${value}`);
    const password = ["--password-file", `file://${join(this.#folder, "password")}`];
    const to = ["--connect", this.#connect, "--username", OWNER, ...password];
    const child = spawn(program, [...first, tool, ...definitions, ...to, ...options], {
      cwd: this.#folder,
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        ...process.env,
        JAVA_TOOL_OPTIONS:
          "--add-opens=java.base/java.lang=ALL-UNNAMED --add-opens=java.base/java.util=ALL-UNNAMED",
      },
    });
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0) throw new Error(`the bare ${tool} of Sqoop ended with ${code}:\n${said.slice(-4000)}`);
  }
}
