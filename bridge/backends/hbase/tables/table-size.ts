/** How much of a table lies in a range of its rows, as the servers say. */
import * as v from "valibot";
import type { RestClient } from "../../rest/rest-client.ts";
import type { ForeignTable, Region } from "./foreign-table.ts";
import type { RowRange } from "./row-range.ts";

export interface TableSize {
  readonly regions: number;
  /** Of the regions, as they are stored; undefined where this login is not told. */
  readonly bytes: number | undefined;
}

const MB = 1024 * 1024;

const StatusSchema = v.object({
  LiveNodes: v.array(
    v.object({
      Region: v.array(
        v.object({ name: v.string(), storefileSizeMB: v.number(), memStoreSizeMB: v.number() }),
      ),
    }),
  ),
});

/** @throws BackendError "unknown-table" */
export async function sizeOf(table: ForeignTable, client: RestClient, range: RowRange): Promise<TableSize> {
  const regions = (await table.regions()).filter((region) => isWithin(region, range));
  const sizes = await sizesOf(client);
  const names = regions.map(({ name }) => name);
  const known = names.flatMap((name) => sizes?.get(name) ?? []);
  const bytes = known.length === names.length ? known.reduce((sum, size) => sum + size, 0) : undefined;
  return { regions: regions.length, bytes };
}

const isWithin = ({ startKey, endKey }: Region, { start, end }: RowRange): boolean =>
  (endKey === "" || endKey > start) && (end === undefined || startKey < end);

/** Bytes by the region's name. Undefined where the gateway does not say. */
async function sizesOf(client: RestClient): Promise<ReadonlyMap<string, number> | undefined> {
  const answer = await client.send({
    method: "GET",
    path: "/status/cluster",
    headers: { accept: "application/json" },
    isWrite: false,
  });
  if (answer.status !== 200) return undefined;
  const status = v.safeParse(v.pipe(v.string(), v.parseJson(), StatusSchema), answer.text);
  if (!status.success) return undefined;
  const regions = status.output.LiveNodes.flatMap(({ Region }) => Region);
  return new Map(
    regions.map(({ name, storefileSizeMB, memStoreSizeMB }) => [
      Buffer.from(name, "base64").toString("utf8"),
      (storefileSizeMB + memStoreSizeMB) * MB,
    ]),
  );
}
