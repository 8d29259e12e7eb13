/** The whole product on real servers, against the best raw use of their own drivers and APIs. */
import { type DemoBackend, startBackend } from "../../demo/backends.ts";
import { bareGetAll, barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { peakMegabytes, resetPeak } from "./measure/peak-memory.ts";
import { timed } from "./measure/timed.ts";
import { type Goal, type Row, ratioAtMost, row, valueAtMost } from "./report/result.ts";
import type { BareBackend, StoredRow } from "./servers/bare-backend.ts";
import { bareCassandra } from "./servers/bare-cassandra.ts";
import { bareHBase } from "./servers/bare-hbase.ts";
import { bareIgnite } from "./servers/bare-ignite.ts";

interface Peer {
  readonly name: DemoBackend;
  open(connection: object): Promise<BareBackend>;
  /** Of a compare, to the bare loops at the same time and to the slower of them alone. */
  readonly compare: { readonly atOnce: Goal; readonly alone: Goal };
  /** How many times faster than one request a record. */
  readonly faster: { readonly writing: number; readonly changing: number };
}

const PEERS: readonly Peer[] = [
  {
    name: "cassandra",
    open: (connection) => {
      const { contactPoints, keyspace } = connection as { contactPoints: string[]; keyspace: string };
      return bareCassandra(contactPoints[0] ?? "", keyspace);
    },
    compare: { atOnce: ratioAtMost(1.3), alone: ratioAtMost(1.8) },
    faster: { writing: 10, changing: 10 },
  },
  {
    name: "hbase",
    open: (connection) => {
      const { url, table } = connection as { url: string; table: string };
      return bareHBase(url, table);
    },
    compare: { atOnce: ratioAtMost(1.15), alone: ratioAtMost(1.15) },
    faster: { writing: 2.5, changing: 2.5 },
  },
  {
    name: "ignite",
    open: (connection) => {
      const { url, prefix } = connection as { url: string; prefix: string };
      return bareIgnite(url, prefix);
    },
    compare: { atOnce: ratioAtMost(1.3), alone: ratioAtMost(1.8) },
    faster: { writing: 10, changing: 3 },
  },
];

/** Records that are written one by one: what is measured is a rate. */
const ONE_BY_ONE = 10_000;

const [STORE, COPY, BARE] = ["orders", "pulled", "bare"] as const;

/** One for each, since each takes minutes. The compares are run several times, what writes once. */
export const backends: readonly Benchmark[] = PEERS.map((peer) => ({
  name: peer.name,
  run: async (options) => {
    const server = await startBackend(peer.name);
    try {
      const config = { connections: { [peer.name]: server.connection } };
      return await Bed.use(async (bed) => {
        const inspection = await bed.inspect([STORE, COPY, BARE]);
        const open = () => peer.open(server.connection);
        const rows = await measure({ bed, inspection, peer, open }, options);
        return { rows, browserVersion: bed.browserVersion };
      }, config);
    } finally {
      await server.close();
    }
  },
}));

interface Place {
  readonly bed: Bed;
  readonly inspection: Inspection;
  readonly peer: Peer;
  readonly open: () => Promise<BareBackend>;
}

async function measure(place: Place, options: Options): Promise<Row[]> {
  const { inspection, open } = place;
  const { records } = options;
  await barePut(inspection.page, DATABASE, STORE, records);
  const mapping = await openMapped(inspection, STORE);
  await mapAll(inspection, [COPY], mapping);
  expectOnly((await timedCompare(inspection)).summary, "onlyHere", records);
  const pushed = await withPeak(place, () => timedApply(inspection, "Push", records));
  const bare = await open();
  try {
    const compared = await compareRows(place, bare, options);
    await inspection.page.evaluate(([database, store]) => bench.change(database, store), [
      DATABASE,
      STORE,
    ] as const);
    expectOnly((await timedCompare(inspection)).summary, "changedHere", records);
    const changed = await withPeak(place, () => timedApply(inspection, "Push", records));
    await openMapped(inspection, COPY);
    expectOnly((await timedCompare(inspection)).summary, "onlyThere", records);
    const pulled = await withPeak(place, () => timedApply(inspection, "Pull", records));
    const { rows, read, ...writes } = await bareWrites(bare);
    const put = await barePut(inspection.page, DATABASE, BARE, records);
    return [
      ...compared,
      ...writeRows(
        place.peer,
        { pushed: pushed.milliseconds, changed: changed.milliseconds, ...writes },
        records,
      ),
      row(
        "pull / slower of bare scan of whole rows and bare put",
        records,
        "ms",
        [pulled.milliseconds],
        [Math.max(read, put)],
        ratioAtMost(1.3),
      ),
      row("bare scan of whole rows", rows.length, "ms", [read]),
      row("bare put", records, "ms", [put]),
      memoryRow("push", records, pushed.peak),
      memoryRow("push of changed", records, changed.peak),
      memoryRow("pull", records, pulled.peak),
    ];
  } finally {
    await bare.close();
  }
}

async function compareRows(place: Place, bare: BareBackend, { records, runs }: Options): Promise<Row[]> {
  const { inspection, peer } = place;
  const getAll = () => bareGetAll(inspection.page, DATABASE, STORE);
  const scan = async (): Promise<number> => {
    const found = await timed(() => bare.scan());
    if (found.value !== records) throw new Error(`the bare scan found ${found.value} rows`);
    return found.milliseconds;
  };
  const measured = {
    compare: [] as number[],
    atOnce: [] as number[],
    slower: [] as number[],
    scan: [] as number[],
  };
  const peaks: number[] = [];
  // One of each before the clock counts.
  for (let run = -1; run < runs; run++) {
    const alone = { getAll: await getAll(), scan: await scan() };
    const atOnce = Math.max(...(await Promise.all([getAll(), scan()])));
    const compared = await withPeak(place, () => timedCompare(inspection));
    expectOnly(compared.summary, "equal", records);
    if (run < 0) continue;
    measured.compare.push(compared.milliseconds);
    measured.atOnce.push(atOnce);
    measured.slower.push(Math.max(alone.getAll, alone.scan));
    measured.scan.push(alone.scan);
    peaks.push(compared.peak);
  }
  const { compare, atOnce, slower, scan: scans } = measured;
  return [
    row("compare / bare loops at the same time", records, "ms", compare, atOnce, peer.compare.atOnce),
    row("compare / slower bare loop alone", records, "ms", compare, slower, peer.compare.alone),
    row("bare scan of key, version, digest", records, "ms", scans),
    memoryRow("compare", records, Math.max(...peaks)),
  ];
}

interface BareWrites {
  readonly write: number;
  readonly change: number;
  /** Of ONE_BY_ONE records, or all where there are fewer. */
  readonly writeEach: number;
  readonly changeEach: number;
  readonly oneByOne: number;
}

async function bareWrites(
  bare: BareBackend,
): Promise<BareWrites & { readonly rows: readonly StoredRow[]; readonly read: number }> {
  const { value: rows, milliseconds: read } = await timed(() => bare.read());
  const some = rows.slice(0, ONE_BY_ONE);
  return {
    rows,
    read,
    write: (await timed(() => bare.write(rows))).milliseconds,
    change: (await timed(() => bare.change(rows))).milliseconds,
    writeEach: (await timed(() => bare.writeEach(some))).milliseconds,
    changeEach: (await timed(() => bare.changeEach(some))).milliseconds,
    oneByOne: some.length,
  };
}

function writeRows(
  { faster }: Peer,
  measured: BareWrites & { readonly pushed: number; readonly changed: number },
  records: number,
): Row[] {
  const { pushed, changed, write, change, writeEach, changeEach, oneByOne } = measured;
  // As long as one by one would take for all of them.
  const each = (milliseconds: number): number => (milliseconds * records) / oneByOne;
  const goal = ratioAtMost(1.3);
  return [
    row("push / best bare conditional write", records, "ms", [pushed], [write], goal),
    row("push of changed / best bare conditional write", records, "ms", [changed], [change], goal),
    row(
      "push / one request a record",
      records,
      "ms",
      [pushed],
      [each(writeEach)],
      ratioAtMost(1 / faster.writing),
    ),
    row(
      "push of changed / one request a record",
      records,
      "ms",
      [changed],
      [each(changeEach)],
      ratioAtMost(Number((1 / faster.changing).toFixed(3))),
    ),
  ];
}

const memoryRow = (what: string, records: number, peak: number): Row =>
  row(`bridge's peak during the ${what}`, records, "MB", [peak], undefined, valueAtMost(300, "MB"));

async function withPeak<Result>(
  { bed }: Place,
  work: () => Promise<Result>,
): Promise<Result & { readonly peak: number }> {
  resetPeak(bed.bridge.pid);
  const result = await work();
  return { ...result, peak: peakMegabytes(bed.bridge.pid) };
}
