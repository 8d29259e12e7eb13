/** What keeps HBase from being used, one thing after the other. */
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, checkRight, clockFinding, runChecks } from "../shared/run-checks.ts";
import type { Gateway } from "./gateway.ts";
import { Column, END_OF_COLLECTIONS, FAMILIES } from "./schema.ts";
import type { TableDefinition } from "./table-definition.ts";

export interface HBase {
  readonly gateway: Gateway;
  readonly definition: TableDefinition;
}

/** Before it, the gateway's check-and-put wrote one column alone. */
const OLDEST_VERSION = [2, 4] as const;

/** The gateway tells its time to the second. */
const CLOCK_STEP_MS = 1000;

const CHECKS: readonly Check<HBase>[] = [
  { about: "server", look: checkServer },
  { about: "table", look: checkTable },
  { about: "clock", look: checkClock },
  { about: "reading", look: checkReading },
  { about: "writing", look: checkWriting },
];

/** As RemoteBackend.check. */
export const checkGateway = (hbase: HBase): Promise<readonly Finding[]> => runChecks(hbase, CHECKS);

async function checkServer({ definition }: HBase): Promise<Finding[]> {
  const about = "server";
  const version = await definition.version();
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isOld = major < OLDEST_VERSION[0] || (major === OLDEST_VERSION[0] && minor < OLDEST_VERSION[1]);
  const said = `HBase ${version}${isOld ? `: older than ${OLDEST_VERSION.join(".")}, with which this was never tried` : ""}`;
  return [{ about, is: isOld ? "doubtful" : "right", said }];
}

async function checkTable({ definition, gateway }: HBase): Promise<Finding[]> {
  const about = `table ${gateway.settings.table}`;
  const families = await definition.families();
  if (families === undefined) {
    const said = "is not there yet: `driftscope init CONNECTION` shows it and makes it";
    return [{ about, is: "wrong", said }];
  }
  const missing = FAMILIES.filter((family) => !families.includes(family));
  if (missing.length === 0) return [{ about, is: "right", said: "is as it should be" }];
  const said = `is not ours, somebody made another one of this name (without the column families ${missing.join(" and ")}): name another as "table" in the bridge's config file`;
  return [{ about, is: "wrong", said }];
}

/** A gateway tells its time where something before it does: to whoever looks, HBase alone tells none. */
async function checkClock({ gateway }: HBase): Promise<Finding[]> {
  const sent = Date.now();
  const time = await gateway.time();
  const answered = Date.now();
  return time === undefined ? [] : [clockFinding(time, sent - CLOCK_STEP_MS, answered)];
}

async function checkReading({ gateway }: HBase): Promise<Finding[]> {
  const about = "reading";
  const row = await gateway.firstRowFrom(END_OF_COLLECTIONS);
  if (row?.key === END_OF_COLLECTIONS) return [{ about, is: "right", said: "is allowed" }];
  const said =
    "the row that lies behind those of the collections is missing: `driftscope init CONNECTION` makes it";
  return [{ about, is: "wrong", said }];
}

/** A write whose condition nothing can meet: it takes the right to write, and writes nothing. */
async function checkWriting({ gateway }: HBase): Promise<Finding[]> {
  const write = (): Promise<unknown> =>
    gateway.checkAndPut("driftscope doctor", [[Column.version, "never"]], "never");
  return [await checkRight("writing", write)];
}
