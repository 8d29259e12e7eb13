/** What is larger than a server writes at a time: refused before it is sent, since it would only time out. */
import type { CassandraCluster } from "./cluster.ts";

/** What a round of Paxos adds to what it writes, generously. */
const PROPOSAL_BYTES = 64 * 1024;

export interface TooLarge {
  readonly status: "rejected";
  readonly code: "too-large";
  readonly reason: string;
}

/** Bytes. */
export const largestProposal = async (cluster: CassandraCluster): Promise<number> =>
  (await cluster.largestWrite()) - PROPOSAL_BYTES;

export function tooLarge(bytes: number, largest: number): TooLarge {
  const reason = `It takes ${bytes} bytes, and the server writes at most ${largest} at a time: raise "max_mutation_size" (or "commitlog_segment_size") in its cassandra.yaml.`;
  return { status: "rejected", code: "too-large", reason };
}
