/** Collections in a real Kafka's topics: a push against the bare way there and back, and reading a topic anew. */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KafkaBackend } from "../../bridge/backends/kafka/kafka-backend.ts";
import { toTopicRecord } from "../../bridge/backends/kafka/record-format.ts";
import { topicName } from "../../bridge/backends/kafka/topic-names.ts";
import { tokenAfter } from "../../bridge/backends/shared/tokens.ts";
import { startBackend } from "../../demo/backends.ts";
import { barePut } from "./bed/bare-stages.ts";
import { Bed, DATABASE, type Inspection } from "./bed/bed.ts";
import { expectOnly, mapAll, openMapped, type Timed, timedApply, timedCompare } from "./bed/steps.ts";
import type { Benchmark, Options } from "./benchmark.ts";
import { storedRecord } from "./data/stored-record.ts";
import { timed } from "./measure/timed.ts";
import { cpuRows } from "./report/breakdown.ts";
import { type Row, ratioAtMost, row } from "./report/result.ts";
import { bareInsert } from "./servers/bare-insert.ts";
import { BareKafka, type RawRecord } from "./servers/bare-kafka.ts";

const CONNECTION = "kafka";

/** A topic is read anew with ten times the records of a push. */
const FOLDED = 10;
const FOLDED_STORE = "folded";
/** Records that are made at a time. */
const MADE_AT_A_TIME = 20_000;

interface Place {
  readonly inspection: Inspection;
  readonly bare: BareKafka;
  readonly broker: string;
  readonly prefix: string;
}

export const kafka: Benchmark = {
  name: "kafka",
  run: async (options) => {
    const server = await startBackend(CONNECTION);
    try {
      const { brokers, prefix } = server.connection as unknown as { brokers: string[]; prefix: string };
      const [broker = ""] = brokers;
      return await Bed.use(
        async (bed) => {
          const stores = storesOf(options);
          const inspection = await bed.inspect([...stores, FOLDED_STORE]);
          const bare = await BareKafka.connect(broker);
          try {
            const rows = await measure({ inspection, bare, broker, prefix }, options);
            return { rows, browserVersion: bed.browserVersion };
          } finally {
            await bare.close();
          }
        },
        { connections: { [CONNECTION]: server.connection } },
      );
    } finally {
      await server.close();
    }
  },
};

const storesOf = ({ runs }: Options): string[] => Array.from({ length: runs }, (_, run) => `orders-${run}`);

async function measure(place: Place, options: Options): Promise<Row[]> {
  const { records } = options;
  const pushes: Push[] = [];
  for (const store of storesOf(options)) pushes.push(await measurePush(place, store, records));
  await fillFolded(place, records * FOLDED);
  const folds: Fold[] = [];
  for (let run = 0; run < options.runs; run++) folds.push(await measureFold(place, records * FOLDED));
  return [...pushRows(pushes, records), ...foldRows(folds, records * FOLDED)];
}

// ---- pushes

interface Push {
  readonly push: Timed;
  readonly produce: number;
  readonly consume: number;
}

async function measurePush(
  { inspection, bare, prefix }: Place,
  store: string,
  records: number,
): Promise<Push> {
  await barePut(inspection.page, DATABASE, store, records);
  const mapping = await openMapped(inspection, store);
  expectOnly((await timedCompare(inspection)).summary, "onlyHere", records);
  const push = await timedApply(inspection, "Push", records);
  const rows: RawRecord[] = [];
  await bare.consume(topicName(prefix, mapping.collection), (some) => rows.push(...some));
  const topic = `bare.${store}`;
  await bare.makeTopic(topic);
  const produced = await timed(() => bare.produce(topic, rows));
  const consumed = await timed(() => countOf(bare, topic));
  if (consumed.value !== rows.length)
    throw new Error(`of ${rows.length} bare records ${consumed.value} came`);
  return { push, produce: produced.milliseconds, consume: consumed.milliseconds };
}

async function countOf(bare: BareKafka, topic: string): Promise<number> {
  let count = 0;
  await bare.consume(topic, (some) => {
    count += some.length;
  });
  return count;
}

function pushRows(pushes: readonly Push[], n: number): Row[] {
  const of = (value: (push: Push) => number) => pushes.map(value);
  const times = of(({ push }) => push.milliseconds);
  const bare = of(({ produce, consume }) => produce + consume);
  return [
    row("push / bare produce and consume", n, "ms", times, bare, ratioAtMost(1.5)),
    row(
      "bare produce",
      n,
      "ms",
      of(({ produce }) => produce),
    ),
    row(
      "bare consume",
      n,
      "ms",
      of(({ consume }) => consume),
    ),
    ...cpuRows(
      "push",
      n,
      pushes.map(({ push }) => push.cpu),
    ),
  ];
}

// ---- reading a topic anew

/** A topic of a collection that the panel has made, filled as a push would leave it. */
async function fillFolded({ inspection, bare, prefix }: Place, records: number): Promise<void> {
  const mapping = await openMapped(inspection, "orders-0");
  await mapAll(inspection, [FOLDED_STORE], { ...mapping, collection: FOLDED_STORE });
  for (let from = 0; from < records; from += MADE_AT_A_TIME) {
    const count = Math.min(MADE_AT_A_TIME, records - from);
    const made = Array.from({ length: count }, (_, i) => rawRecord(from + i));
    await bare.produce(topicName(prefix, FOLDED_STORE), made);
  }
}

function rawRecord(number: number): RawRecord {
  const { key, digest, body } = storedRecord(number);
  const operation = { opId: randomUUID(), key, expect: null, write: { digest, body } };
  const version = tokenAfter(null, operation.opId) ?? "";
  const record = toTopicRecord(operation, version, "benchmark");
  return {
    key: Buffer.from(record.key),
    value: Buffer.from(record.value ?? []),
    headers: new Map(
      Object.entries(record.headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)]),
    ),
  };
}

interface Fold {
  readonly fold: number;
  readonly fetch: number;
  readonly insert: number;
}

async function measureFold({ bare, broker, prefix }: Place, records: number): Promise<Fold> {
  const dataFolder = mkdtempSync(join(tmpdir(), "driftscope-bench-kafka-"));
  try {
    const [host = "", port] = broker.split(":");
    const backend = new KafkaBackend({
      where: "Kafka",
      brokers: [{ host, port: Number(port) }],
      prefix,
      replicas: -1,
      requestTimeoutMs: 60_000,
      dataFolder,
    });
    const folded = await timed(() => backend.collection(FOLDED_STORE).meta());
    await backend.close();
    const fetched = await timed(() => countOf(bare, topicName(prefix, FOLDED_STORE)));
    const insert = bareInsert(fileIn(dataFolder), "records_", join(dataFolder, "bare.db"));
    if (insert.rows !== records) throw new Error(`of ${records} records ${insert.rows} were read`);
    return { fold: folded.milliseconds, fetch: fetched.milliseconds, insert: insert.milliseconds };
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function fileIn(folder: string): string {
  const file = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((path) =>
    path.endsWith(".sqlite"),
  );
  if (file === undefined) throw new Error(`no copy of the topic lies in ${folder}`);
  return join(folder, file);
}

function foldRows(folds: readonly Fold[], n: number): Row[] {
  const of = (value: (fold: Fold) => number) => folds.map(value);
  return [
    row(
      "reading a topic anew / bare fetch and bare insert",
      n,
      "ms",
      of(({ fold }) => fold),
      of(({ fetch, insert }) => fetch + insert),
      ratioAtMost(1.3),
    ),
    row(
      "bare fetch",
      n,
      "ms",
      of(({ fetch }) => fetch),
    ),
    row(
      "bare insert of the same rows",
      n,
      "ms",
      of(({ insert }) => insert),
    ),
  ];
}
