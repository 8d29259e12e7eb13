/**
 * Caches without SQL that hold texts by texts, as tables of the columns `key` and `value`.
 *
 * A change compares the whole value, so it is as it was read or it is not written. The API sends whatever it finds as JSON,
 * where a UUID looks like a text and is none: a key that a scan shows and no command finds is told, and not mapped.
 */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { BackendError } from "../../backend-error.ts";
import { inGroups } from "../../shared/in-groups.ts";
import { inParallel } from "../../shared/in-parallel.ts";
import { MAX_KEYLESS } from "../../shared/tables/keyless-rows.ts";
import { nextVersion } from "../../shared/tables/next-version.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, RowChange, TableServer } from "../../shared/tables/table-server.ts";
import { formText, type IgniteNode } from "../ignite-node.ts";
import { tooLarge } from "./change-row.ts";
import { cacheFacts, clusterId, ScanWitness, serverNodes, staleReads } from "./cluster-facts.ts";
import { unknownTable } from "./ignite-table.ts";
import { MAX_ROWS, sizeOf } from "./sql-tables.ts";
import { cacheOf, cacheTable } from "./table-names.ts";

const PAGE_ENTRIES = 1000;
const KEYS_PER_COMMAND = 400;
const KEY_BYTES_PER_COMMAND = 100_000;
const COMMANDS_AT_A_TIME = 4;
const CHANGES_AT_A_TIME = 16;

export function textCaches(node: IgniteNode): TableServer {
  return {
    product: "Ignite",
    changesAtATime: CHANGES_AT_A_TIME,
    list: async () => (await listCaches(node)).map((cache) => ({ name: cacheTable(cache), isView: false })),
    describe: (name) => describe(node, name),
    identity: async (name) => {
      await requireCache(node, name);
      return JSON.stringify(["ignite", await clusterId(node), name]);
    },
    examine: (plan) => examine(node, plan),
    scan: (plan, columns, signal) => scan(node, plan, columns, signal),
    find: async (plan, columns, keys) => {
      const texts = keys.map(([key]) => String(key));
      const values = await valuesOf(node, cacheNameOf(plan), texts);
      return texts.map((key) => (values.has(key) ? toRow(columns, key, values.get(key)) : undefined));
    },
    refusalOf: (_plan, column, cell) => refusalOf(column, cell),
    nextVersion,
    change: (plan, change) => changeEntry(node, plan, change),
  };
}

/** Those of people, of which no table of SQL is made. */
async function listCaches(node: IgniteNode): Promise<string[]> {
  const rows = await node.systemRows(`${OF_TEXTS} ORDER BY CACHE_NAME`);
  return rows.map(([name]) => String(name)).filter((name) => name !== node.tables.cache);
}

const OF_TEXTS = `SELECT CACHE_NAME FROM SYS.CACHES WHERE CACHE_TYPE = 'USER'
  AND CACHE_NAME NOT IN (SELECT CACHE_NAME FROM SYS.TABLES)`;

/** @throws BackendError "unknown-table" */
async function requireCache(node: IgniteNode, name: string): Promise<string> {
  const cache = cacheOf(name);
  const isOurs = cache === node.tables.cache;
  if (cache === undefined || isOurs) throw unknownTable(name);
  const [found] = await node.systemRows(`${OF_TEXTS} AND CACHE_NAME = ?`, [cache]);
  if (found === undefined) throw unknownTable(name);
  return cache;
}

async function describe(node: IgniteNode, name: string): Promise<TableDescription> {
  await requireCache(node, name);
  const column = (of: string): TableDescription["columns"][number] => ({
    name: of,
    type: "VARCHAR",
    nullable: false,
  });
  return {
    name,
    isView: false,
    columns: [column("key"), column("value")],
    primaryKey: ["key"],
    unique: [],
    foreignKeys: [],
    checks: [],
  };
}

const cacheNameOf = ({ table }: ServerPlan): string => cacheOf(table.name) ?? "";

async function examine(node: IgniteNode, plan: ServerPlan): Promise<{ reads: string; readOnly?: string }> {
  const { name } = plan.table;
  if (plan.keyColumns.join() !== "key" || !plan.columns.includes("value")) {
    throw new BackendError(
      "mapping-mismatch",
      `The entries of ${JSON.stringify(name)} are found by their keys and written with their values: map the key to "key" and a field, or the whole record, to "value".`,
    );
  }
  const rows = await sizeOf(node, cacheNameOf(plan));
  const about = rows.toLocaleString("en");
  if (rows > MAX_ROWS) {
    throw new BackendError(
      "mapping-mismatch",
      `The cache of ${JSON.stringify(name)} has about ${about} entries, and a cache is read as a whole or not at all: more than ${MAX_ROWS.toLocaleString("en")} are not read.`,
    );
  }
  const facts = await cacheFacts(node, cacheNameOf(plan));
  const readOnly = facts && staleReads(facts, await serverNodes(node), false);
  return {
    reads: `all of the cache, about ${about} entries`,
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}

/** Complete with the cursor's last page, and as ScanWitness knows. */
async function* scan(
  node: IgniteNode,
  plan: ServerPlan,
  columns: readonly string[],
  signal: AbortSignal,
): AsyncGenerator<FoundRow[]> {
  const cache = cacheNameOf(plan);
  const witness = await ScanWitness.before(node, cache);
  const doubtful = new Set<string>();
  for await (const entries of node.entries(cache, PAGE_ENTRIES)) {
    signal.throwIfAborted();
    const found = await valuesOf(node, cache, entries.map(({ key }) => key).filter(isText));
    yield entries
      .filter(({ key }) => !isText(key) || found.has(key))
      .map(({ key, value }) => toRow(columns, key, isText(key) ? found.get(key) : value));
    for (const { key } of entries) if (isText(key) && !found.has(key)) doubtful.add(key);
    if (doubtful.size > MAX_KEYLESS) throw notTexts(plan);
  }
  if (doubtful.size > 0) yield await noTexts(node, cache, columns, doubtful);
  await witness.after();
}

/** Entries that are there still, and that no command finds by the text of their keys. */
async function noTexts(
  node: IgniteNode,
  cache: string,
  columns: readonly string[],
  doubtful: ReadonlySet<string>,
): Promise<FoundRow[]> {
  const rows: FoundRow[] = [];
  for await (const entries of node.entries(cache, PAGE_ENTRIES)) {
    const some = entries.filter(({ key }) => isText(key) && doubtful.has(key));
    const found = await valuesOf(
      node,
      cache,
      some.map(({ key }) => String(key)),
    );
    for (const { key, value } of some) {
      const text = String(key);
      const shown = found.has(text)
        ? key
        : new NotRepresentable(`${JSON.stringify(text)} only looks like a text`);
      rows.push(toRow(columns, shown, found.has(text) ? found.get(text) : value));
    }
  }
  return rows;
}

function notTexts({ table }: ServerPlan): BackendError {
  return new BackendError(
    "mapping-mismatch",
    `The keys of ${JSON.stringify(table.name)} are not texts (more than ${MAX_KEYLESS} of them are found by none): such a cache cannot be mapped.`,
  );
}

const isText = (value: unknown): value is string => typeof value === "string";

function toRow(columns: readonly string[], key: unknown, value: unknown): FoundRow {
  return { cells: columns.map((column) => cellOf(column === "key" ? key : value)) };
}

function cellOf(value: unknown): Cell | NotRepresentable {
  if (isText(value) || value instanceof NotRepresentable) return value;
  return new NotRepresentable(`the cache holds no text there but ${JSON.stringify(value)?.slice(0, 100)}`);
}

/** By key; keys that are not there are missing. */
async function valuesOf(
  node: IgniteNode,
  cache: string,
  keys: readonly string[],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  await inParallel(inCommands(keys), COMMANDS_AT_A_TIME, async (some) => {
    const parameters = Object.fromEntries(some.map((key, i) => [`k${i + 1}`, formText(key)]));
    const answer = await node.ofCache("getall", cache, parameters);
    for (const [key, value] of Object.entries(answer ?? {})) found.set(key, value);
  });
  return found;
}

const inCommands = (keys: readonly string[]): string[][] =>
  inGroups(keys, { most: KEYS_PER_COMMAND, bytes: KEY_BYTES_PER_COMMAND }, (key) => formText(key).length);

function refusalOf(column: string, cell: Cell): string | undefined {
  if (cell === null) return `a cache has no entry without a ${column}`;
  if (!isText(cell)) return "the cache holds texts alone";
  return cell.isWellFormed() ? undefined : "it holds a lone surrogate, which no UTF-8 has";
}

async function changeEntry(node: IgniteNode, plan: ServerPlan, change: RowChange): Promise<ChangeResult> {
  const cache = cacheNameOf(plan);
  const text = (cell: Cell | undefined): string => formText(String(cell ?? ""));
  const key = text(change.key[0]);
  const [next, before] = [text(change.set.get("value")), text(change.from.get("value"))];
  const bytes = key.length + next.length + before.length;
  if (!(await node.takesForm(bytes))) return { is: "rejected", code: "too-large", reason: tooLarge(bytes) };
  const isDone = await sent();
  return { is: isDone === true ? "applied" : "missed" };

  function sent(): Promise<unknown> {
    switch (change.kind) {
      case "insert":
        return node.ofCache("add", cache, { key, val: next });
      case "update":
        return node.ofCache("cas", cache, { key, val: next, val2: before });
      case "delete":
        return node.ofCache("rmvval", cache, { key, val: before });
    }
  }
}
