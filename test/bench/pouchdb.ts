import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark } from "./benchmark.ts";
import type { Replicated } from "./page/pouch-replication.ts";
import { type CouchServer, installPeers, pouchScript, startCouchServer } from "./peers/couch-server.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";

/** Documents of one request: PouchDB's default, and the best of what was tried. */
const BATCHES = { defaults: 100, "1,000 a batch": 1_000 } as const;
type Setting = keyof typeof BATCHES;
const SETTINGS = Object.keys(BATCHES) as Setting[];

interface Ours {
  readonly push: number;
  readonly pull: number;
  readonly again: number;
}

type Run = Ours & { readonly peer: Readonly<Record<Setting, Replicated>> };

/** Against PouchDB's replication with express-pouchdb on LevelDB: the same records, in the same browser. */
export const pouchdb: Benchmark = {
  name: "pouchdb",
  full: { records: 20_000, runs: 3 },
  run: ({ records, runs }) => {
    installPeers();
    return Bed.use(async (bed) => {
      const folder = join(bed.folder, "couch");
      mkdirSync(folder);
      const server = await startCouchServer(folder);
      try {
        const names = (name: string) => Array.from({ length: runs }, (_, run) => `${name}-${run}`);
        const [stores, copies] = [names("orders"), names("copy")];
        const inspection = await bed.inspect([...stores, ...copies]);
        const { page } = await bed.plainPage();
        await page.addScriptTag({ content: pouchScript() });
        await page.addScriptTag({ url: "/pouch-replication.js" });
        const measured: Run[] = [];
        for (const [run, store] of stores.entries()) {
          const ours = await measureOurs(inspection, store, copies[run] ?? "", records);
          const peer = {
            defaults: await measurePeer(page, server, `defaults-${run}`, records, "defaults"),
            "1,000 a batch": await measurePeer(page, server, `best-${run}`, records, "1,000 a batch"),
          };
          measured.push({ ...ours, peer });
        }
        return { rows: rowsOf(measured, records), browserVersion: bed.browserVersion };
      } finally {
        await server.close();
      }
    });
  },
};

/** Replication finds what is new and moves it, so what the product compares before is counted, too. */
async function measureOurs(
  inspection: Inspection,
  store: string,
  copy: string,
  records: number,
): Promise<Ours> {
  await barePut(inspection.page, DATABASE, store, records);
  const mapping = await openMapped(inspection, store);
  await mapAll(inspection, [copy], mapping);
  const before = await timedCompare(inspection);
  const push = await timedApply(inspection, "Push", records);
  const again = await timedCompare(inspection);
  expectOnly(again.summary, "equal", records);
  await openMapped(inspection, copy);
  const beforePull = await timedCompare(inspection);
  const pull = await timedApply(inspection, "Pull", records);
  return {
    push: before.milliseconds + push.milliseconds,
    pull: beforePull.milliseconds + pull.milliseconds,
    again: again.milliseconds,
  };
}

async function measurePeer(
  page: Page,
  server: CouchServer,
  name: string,
  records: number,
  setting: Setting,
): Promise<Replicated> {
  await page.bringToFront();
  const question = { url: `${server.url}${name}`, name, records, batch: BATCHES[setting] };
  return page.evaluate((question) => pouchReplication.run(question), question);
}

const GOALS = { push: 1 / 10, pull: 1 / 4, again: 1 / 10 } as const;
const WORDS = {
  push: "compare and push / PouchDB's push",
  pull: "compare and pull / PouchDB's pull",
  again: "compare again / PouchDB's pull of nothing new, without a checkpoint",
} as const;

function rowsOf(runs: readonly Run[], n: number): readonly Row[] {
  return SETTINGS.flatMap((setting) =>
    (["push", "pull", "again"] as const).map((what) =>
      row(
        `${WORDS[what]}, ${setting}`,
        n,
        "ms",
        runs.map((run) => run[what]),
        runs.map(({ peer }) => peer[setting][what]),
        // The goals are against its defaults.
        setting === "defaults" ? ratioAtMost(GOALS[what]) : undefined,
      ),
    ),
  );
}
