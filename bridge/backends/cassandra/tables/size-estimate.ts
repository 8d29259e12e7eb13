/** How large a table is by the server's own estimate. */
import type { CassandraCluster } from "../cluster.ts";

/** What nobody reads by accident: as many partitions, or so many bytes at about a kilobyte a row. */
const LARGE_PARTITIONS = 1_000_000;
const LARGE_BYTES = 1024 ** 3;

export interface SizeEstimate {
  readonly partitions: number;
  readonly bytes: number;
}

const RING = 2 ** 64;

/**
 * A node knows of the ranges that are its own, and of what it has written to disk some minutes ago; what all nodes
 * have is reckoned from the share of the ring that it tells of.
 *
 * @returns undefined where it tells nothing: the table is new, small or empty.
 */
export async function estimateSize(
  cluster: CassandraCluster,
  table: string,
): Promise<SizeEstimate | undefined> {
  const rows = await cluster.rows({
    query:
      "SELECT range_start, range_end, partitions_count, mean_partition_size FROM system.size_estimates WHERE keyspace_name = ? AND table_name = ?",
    params: [cluster.settings.keyspace, table],
  });
  let [share, partitions, bytes] = [0, 0, 0];
  for (const { range_start, range_end, partitions_count, mean_partition_size } of rows) {
    share += widthOf(String(range_start), String(range_end)) / RING;
    partitions += Number(partitions_count);
    bytes += Number(partitions_count) * Number(mean_partition_size);
  }
  if (partitions === 0) return undefined;
  // Tokens of another partitioner are no numbers: then what the node tells has to do.
  const scale = share > 0 && share < 1 ? 1 / share : 1;
  return { partitions: Math.round(partitions * scale), bytes: Math.round(bytes * scale) };
}

function widthOf(start: string, end: string): number {
  const width = Number(end) - Number(start);
  return width > 0 ? width : width + RING;
}

export const isLarge = ({ partitions, bytes }: SizeEstimate): boolean =>
  partitions > LARGE_PARTITIONS || bytes > LARGE_BYTES;

const number = new Intl.NumberFormat("en");

/** "about 3,000 partitions, 12 MB" */
export function sizeWords({ partitions, bytes }: SizeEstimate): string {
  const megabytes = Math.ceil(bytes / 1e6);
  return `about ${number.format(partitions)} partition${partitions === 1 ? "" : "s"}, ${number.format(megabytes)} MB`;
}
