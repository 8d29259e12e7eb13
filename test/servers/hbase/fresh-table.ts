import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import type { HBaseSettings } from "../../../bridge/backends/hbase/gateway.ts";
import { HBaseBackend } from "../../../bridge/backends/hbase/hbase-backend.ts";

/** A table of a test's own. */
export const freshTable = (): string => `test_${randomBytes(6).toString("hex")}`;

/** @param changed Absent url = the gateway of the project. */
export function hbaseSettings(changed: Partial<HBaseSettings> = {}): HBaseSettings {
  const { url = inject("hbase") } = changed;
  return { where: `HBase at ${url}`, url, table: freshTable(), requestTimeoutMs: 30_000, ...changed };
}

/** With its table made. */
export async function freshBackend(changed: Partial<HBaseSettings> = {}): Promise<HBaseBackend> {
  const backend = new HBaseBackend(hbaseSettings(changed));
  await backend.setUp.run();
  return backend;
}
