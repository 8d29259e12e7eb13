/** What the cluster says of itself and of its caches. */
import { BackendError } from "../../backend-error.ts";
import type { IgniteNode } from "../ignite-node.ts";

/**
 * Names the cluster: made when it is first started, kept with its data. A cluster without data on disk has another one
 * each time that all of its nodes were stopped, as it has other data.
 */
export async function clusterId(node: IgniteNode): Promise<string> {
  const [row] = await node.systemRows(
    "SELECT VALUE FROM SYS.DISTRIBUTED_METASTORAGE WHERE NAME = 'ignite.internal.cluster.id.tag'",
  );
  return /\bid=([0-9a-f-]{36})/.exec(String(row?.[0]))?.[1] ?? "";
}

export interface CacheFacts {
  readonly mode: string;
  readonly lossPolicy: string;
  readonly isSynchronous: boolean;
  readonly backups: number;
  readonly readsBackups: boolean;
}

/** Undefined when there is no such cache of a person's. */
export async function cacheFacts(node: IgniteNode, cache: string): Promise<CacheFacts | undefined> {
  const [row] = await node.systemRows(
    `SELECT CACHE_MODE, PARTITION_LOSS_POLICY, WRITE_SYNCHRONIZATION_MODE, BACKUPS, IS_READ_FROM_BACKUP
     FROM SYS.CACHES WHERE CACHE_NAME = ? AND CACHE_TYPE = 'USER'`,
    [cache],
  );
  if (row === undefined) return undefined;
  const [mode, lossPolicy, synchronization, backups, readsBackups] = row;
  return {
    mode: String(mode),
    lossPolicy: String(lossPolicy),
    isSynchronous: synchronization === "FULL_SYNC",
    backups: Number(backups),
    readsBackups: readsBackups === true,
  };
}

/** The nodes that hold data, each with its number in the order of their coming: changes with every one that comes or goes. */
export async function serverNodes(node: IgniteNode): Promise<string[]> {
  const rows = await node.systemRows("SELECT NODE_ID, NODE_ORDER FROM SYS.NODES WHERE IS_CLIENT = FALSE");
  return rows.map(([id, order]) => `${String(id)} ${String(order)}`).sort();
}

/**
 * Lets a scan end only where it can have met all rows.
 *
 * Of a partitioned cache whose policy does not fail reads of what is lost, rows are left out of an answer without a word
 * while nodes come and go. All other policies make such an answer an error, and a replicated cache is whole on each node.
 */
export class ScanWitness {
  readonly #node: IgniteNode;
  readonly #nodes: readonly string[] | undefined;

  private constructor(node: IgniteNode, nodes: readonly string[] | undefined) {
    this.#node = node;
    this.#nodes = nodes;
  }

  static async before(node: IgniteNode, cache: string): Promise<ScanWitness> {
    const facts = await cacheFacts(node, cache);
    const isSafe = facts?.mode === "REPLICATED" || facts?.lossPolicy.endsWith("_SAFE") === true;
    return new ScanWitness(node, isSafe ? undefined : await serverNodes(node));
  }

  /** @throws BackendError "incomplete" */
  async after(): Promise<void> {
    if (this.#nodes === undefined) return;
    const now = await serverNodes(this.#node);
    if (now.join() === this.#nodes.join()) return;
    throw new BackendError(
      "incomplete",
      `Nodes of the cluster came or went while ${this.#node.where} was read, and the cache's partition loss policy lets rows be left out then. Compare again.`,
    );
  }
}

/**
 * Why what was written cannot be read back for certain; undefined = it can be.
 *
 * @param bySql SQL asks the primary copies of a partitioned cache, commands perhaps another.
 */
export function staleReads(facts: CacheFacts, nodes: readonly string[], bySql: boolean): string | undefined {
  if (nodes.length < 2 || facts.isSynchronous) return undefined;
  const hasCopies = facts.mode === "REPLICATED" || (!bySql && facts.backups > 0);
  if (!hasCopies || !facts.readsBackups) return undefined;
  return "Its writes do not wait for all copies (write synchronization mode), and reads may be of an older copy: what was written could not be told from what was not.";
}
