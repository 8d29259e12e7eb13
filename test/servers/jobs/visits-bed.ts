/**
 * The whole way of a job on a real Hadoop: a store of a page, HDFS, a job that reads it projected and normalised, its
 * result, another store of the page.
 */
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Report } from "../../../bridge/headless/report/report-schema.ts";
import type { JobRun } from "../../../core/protocol/job-frames.ts";
import { HeadlessBed } from "../../support/headless/headless-bed.ts";
import { HdfsServer } from "../hdfs/hdfs-server.ts";
import { here } from "./java-jobs.ts";

const REGIONS = ["eu", " EU", "us", "asia"];
const VISITS = 2000;

const id = { column: "id", as: "text" };
/** Of what each job makes: a row of a region, whose code is unique in the store that it is pulled into. */
export const TOTALS = {
  key: [id],
  fields: [
    { path: ["id"], ...id },
    { path: ["code"], column: "code", as: "text" },
    { path: ["total"], column: "total", as: "integer" },
    { path: ["visits"], column: "visits", as: "integer" },
    { path: ["isRecent"], column: "isRecent", as: "boolean" },
  ],
};

export interface VisitsJob {
  readonly kind: string;
  readonly command: readonly string[];
  /** Of its output, in the config file. */
  readonly mapping?: object;
  /** Variables of the job, each by the name of one of the bridge's. */
  readonly environment?: readonly string[];
  /** Absent: what a visit is made to before the job reads it. */
  readonly transform?: object;
}

/** Renames, selects and types, then asks a function of a module. */
const TRANSFORM = {
  fields: {
    region: "place.region",
    amount: { from: "amount", as: "integer" },
    at: { from: "at", as: "date" },
  },
  module: "normalise.mjs",
};

export class VisitsBed {
  readonly hdfs: HdfsServer;
  readonly bed: HeadlessBed;

  private constructor(hdfs: HdfsServer, bed: HeadlessBed) {
    this.hdfs = hdfs;
    this.bed = bed;
  }

  /**
   * The store "notes" is on HDFS then.
   *
   * @param jobsOf By the tables that they write.
   * @param changed Settings of Hadoop.
   */
  static async open(
    jobsOf: (uri: string) => Readonly<Record<string, VisitsJob>>,
    changed: Readonly<Record<string, string>> = {},
  ): Promise<VisitsBed> {
    const [hdfs, headless] = await Promise.all([HdfsServer.start(changed), HeadlessBed.open()]);
    const bed = new VisitsBed(hdfs, headless);
    process.env.HADOOP_USER_NAME = "root";
    const { url, uri } = hdfs;
    const lake = { backend: "hdfs", url, uri, user: "root", folder: "/lake", tablesFolder: "/tables" };
    headless.configure("unattended", {
      connections: { lab: { ...lake, level: "unattended", tables: ["*"] } },
      jobs: Object.fromEntries(
        Object.entries(jobsOf(uri)).map(([table, job]) => [table, configOf(table, job)]),
      ),
    });
    copyFileSync(here("on-hdfs/normalise.mjs"), join(headless.folder, "normalise.mjs"));
    await bed.#push();
    return bed;
  }

  /** Of the job's own result. */
  place(job: string): string[] {
    const usual = this.bed.usual();
    return [...usual.slice(0, usual.indexOf("--connection")), "--store", "orders", "--job", job];
  }

  async run(job: string): Promise<JobRun & { readonly stderr: string }> {
    const { stdout, stderr } = await this.bed.run("job", "run", job, "--json");
    return { ...(JSON.parse(stdout) as JobRun), stderr };
  }

  /** From the job's start until nothing differs. */
  async goTheWholeWay(job: string): Promise<JobRun> {
    const { bed } = this;
    const ran = await this.run(job);
    expect(ran, ran.lastLines?.join("\n")).toMatchObject({
      state: "succeeded",
      output: { files: 1 },
      stderr: "",
    });
    await this.#inOrders("orders.clear();");
    const place = this.place(job);
    const drift = await bed.json("diff", ...place);
    expect(drift.stores[0]?.counts).toMatchObject({ onlyThere: 3 });
    expect(await bed.json("pull", ...place, "--yes")).toMatchObject({ exitCode: 0 });
    // In the order of an index, which therefore has all of them.
    const orders = await bed.inApplication(
      `return await done(db.transaction("orders").objectStore("orders").index("byCode").getAll());`,
    );
    expect(orders).toEqual(["asia", "eu", "us"].map(expected));
    const after = await bed.json("diff", ...place);
    expect(after).toMatchObject({ exitCode: 0, stores: [{ counts: { equal: 3 } }] });
    return ran;
  }

  /** After the job ran: a row whose code another record has. The index byCode is unique. */
  async pullAgainstUniqueIndex(job: string): Promise<Report> {
    await this.#inOrders(`orders.delete("eu"); orders.put({ id: "mine", code: "EU" });`);
    return this.bed.json("pull", ...this.place(job), "--yes");
  }

  async #inOrders(body: string): Promise<void> {
    await this.bed.inApplication(`
      const transaction = db.transaction("orders", "readwrite");
      const orders = transaction.objectStore("orders");
      ${body}
      await done(transaction);`);
  }

  async close(): Promise<void> {
    delete process.env.HADOOP_USER_NAME;
    await this.bed.close();
    await this.hdfs.dispose();
  }

  async #push(): Promise<void> {
    const { bed } = this;
    await bed.inApplication(`
      const transaction = db.transaction("notes", "readwrite");
      for (let i = 0; i < ${VISITS}; i++) {
        const region = ${JSON.stringify(REGIONS)}[i % ${REGIONS.length}];
        transaction.objectStore("notes").put({ place: { region }, amount: i % 100 === 7 ? -1 : i, at: new Date(2025, i % 20, 1) });
      }
      await done(transaction);`);
    const to = ["--store", "notes", "--collection", "visits", "--yes"];
    expect(await bed.json("push", ...bed.usual(), ...to)).toMatchObject({ exitCode: 0 });
  }
}

function configOf(table: string, job: VisitsJob): object {
  const { kind, command, mapping = TOTALS, environment = [], transform = TRANSFORM } = job;
  return {
    kind,
    command,
    environment: Object.fromEntries(
      ["HADOOP_USER_NAME", ...environment].map((name) => [name, { env: name }]),
    ),
    input: { connection: "lab", collection: "visits", transform },
    output: { connection: "lab", collection: table, mapping },
  };
}

/** What a region's visits come to, told independently of every job. */
function expected(region: string): object {
  const visits = Array.from({ length: VISITS }, (_, i) => i).filter(
    (i) => i % 100 !== 7 && REGIONS[i % REGIONS.length]?.trim().toLowerCase() === region,
  );
  return {
    id: region,
    code: region.toUpperCase(),
    total: visits.reduce((sum, i) => sum + i, 0),
    visits: visits.length,
    isRecent: true,
  };
}
