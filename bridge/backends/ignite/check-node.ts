/** What keeps an Ignite cluster from being used, one thing after the other. */
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, checkRight, clockFinding, runChecks } from "../shared/run-checks.ts";
import { formText, type IgniteNode } from "./ignite-node.ts";
import { shapesOf } from "./schema.ts";
import { UTC_TEXT } from "./sql-clock.ts";

/** Before it, SQL by REST was another. */
const OLDEST_VERSION = [2, 16] as const;

const CHECKS: readonly Check<IgniteNode>[] = [
  { about: "server", look: checkServer },
  { about: "cluster", look: checkState },
  { about: "tables", look: checkTables },
  { about: "data", look: checkCaches },
  { about: "clock", look: checkClock },
  { about: "writing", look: checkWriting },
  { about: "access", look: checkAccess },
];

/** As RemoteBackend.check. */
export const checkNode = (node: IgniteNode): Promise<readonly Finding[]> => runChecks(node, CHECKS);

async function checkServer(node: IgniteNode): Promise<Finding[]> {
  const version = await node.version();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const about = "server";
  if (major !== OLDEST_VERSION[0]) {
    const said = `Ignite ${version}: Driftscope speaks the REST API of Ignite 2`;
    return [{ about, is: "wrong", said }];
  }
  if (minor < OLDEST_VERSION[1]) {
    const said = `Ignite ${version}: older than ${OLDEST_VERSION.join(".")}, with which this was never tried`;
    return [{ about, is: "doubtful", said }];
  }
  return [{ about, is: "right", said: `Ignite ${version}` }];
}

async function checkState(node: IgniteNode): Promise<Finding[]> {
  const state = await node.state();
  const about = "cluster";
  if (state === "ACTIVE") return [{ about, is: "right", said: "is active" }];
  if (state === "ACTIVE_READ_ONLY") {
    return [{ about, is: "doubtful", said: "is read-only: nothing can be written" }];
  }
  const said = `is ${state.toLowerCase()}: activate it (control.sh --set-state ACTIVE)`;
  return [{ about, is: "wrong", said }];
}

async function checkTables(node: IgniteNode): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [table, shape] of Object.entries(shapesOf(node.tables))) {
    const rows = await node.rows(
      "SELECT COLUMN_NAME, TYPE FROM SYS.TABLE_COLUMNS WHERE SCHEMA_NAME = 'PUBLIC' AND TABLE_NAME = ?",
      [table],
    );
    const found = new Map(rows.map(([column, type]) => [String(column), String(type)]));
    findings.push(checkTable(table, shape, found));
  }
  return findings;
}

function checkTable(
  table: string,
  shape: Readonly<Record<string, readonly [java: string, sql: string]>>,
  found: ReadonlyMap<string, string>,
): Finding {
  const about = `table ${table}`;
  if (found.size === 0) {
    const said = "is not there yet: `driftscope init CONNECTION` shows it and makes it";
    return { about, is: "wrong", said };
  }
  const wrong = Object.entries(shape)
    .filter(([column, [java]]) => found.get(column) !== java)
    .map(([column, [java]]) => `${column} should be ${java}, is ${found.get(column) ?? "missing"}`);
  if (wrong.length === 0) return { about, is: "right", said: "is as it should be" };
  const said = `is not ours, somebody made another one of this name (${wrong.join("; ")}): name others by "prefix" in the bridge's config file`;
  return { about, is: "wrong", said };
}

/** Whether every node has all rows, and whether they outlast the cluster. */
async function checkCaches(node: IgniteNode): Promise<Finding[]> {
  const about = "data";
  const { records } = node.tables;
  const [cache] = await node.rows(
    "SELECT CACHE_MODE, WRITE_SYNCHRONIZATION_MODE FROM SYS.CACHES WHERE CACHE_NAME = ?",
    [records],
  );
  if (cache?.[0] !== "REPLICATED" || cache[1] !== "FULL_SYNC") {
    const said = `the cache ${records} is not replicated with full_sync: when a node is lost, a compare can miss records. Make the table as \`driftscope init CONNECTION\` shows it`;
    return [{ about, is: "wrong", said }];
  }
  return [{ about, is: "right", said: "every node has all records" }];
}

async function checkClock(node: IgniteNode): Promise<Finding[]> {
  const sent = Date.now();
  const [row] = await node.rows(`SELECT ${UTC_TEXT}`);
  const answered = Date.now();
  const server = Date.parse(String(row?.[0]));
  if (Number.isNaN(server)) return [{ about: "clock", is: "doubtful", said: "the server tells no time" }];
  return [clockFinding(server, sent, answered)];
}

/** Writes whose condition nothing can meet: they take the right to write, and write nothing. */
async function checkWriting(node: IgniteNode): Promise<Finding[]> {
  const { collections, records } = node.tables;
  const write = async (): Promise<void> => {
    await node.update(`UPDATE "${collections}" SET "revision" = 0 WHERE "name" = ? AND "revision" = -1`, [
      formText("driftscope doctor"),
    ]);
    await node.update(`UPDATE "${records}" SET "version" = '' WHERE "k" = ? AND "version" = ''`, [
      formText("driftscope doctor"),
    ]);
  };
  return [await checkRight("writing", write)];
}

/** The API takes forms from anywhere: a page in any browser that reaches it can write to the cluster. */
async function checkAccess(node: IgniteNode): Promise<Finding[]> {
  const about = "access";
  if (!node.isOpenToAll) return [{ about, is: "right", said: "takes a login or a key" }];
  const said =
    'the REST API asks for neither a login nor a secret key: any web page in a browser that reaches it can read and write the cluster. Set "secretKey" of its connectorConfiguration, or authentication';
  return [{ about, is: "doubtful", said }];
}
