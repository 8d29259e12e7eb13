/** Rows of a store by position, for the grid. */
import type { RecordCursor, RecordRow } from "../../../../agent/client/agent-client.ts";
import type { GridRow, RowsRequest, StoreRef } from "../api.ts";
import type { LocatedStore } from "./agents.ts";
import { SparseIndex } from "./sparse-index.ts";

/** UTF-16 units of a value text above which a row comes without it. */
const PREVIEW_UNITS = 64 * 1024;
/** Milliseconds for which a count is taken for the present one: a grid asks many times while it scrolls. */
const COUNT_LIFE = 1000;
/** Orders of stores that are kept: going back to a store is common, to the ninth before is not. */
const ORDERS_KEPT = 8;

interface Order {
  positions: SparseIndex<RecordCursor>;
  total: number;
  countedAt: number;
}

export class RowReader {
  readonly #locate: (ref: StoreRef) => LocatedStore;
  readonly #clock: () => number;
  readonly #orders = new Map<string, Order>();
  /** Requests run one after another: two that run ahead at once would read the same keys twice. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(locate: (ref: StoreRef) => LocatedStore, clock: () => number) {
    this.#locate = locate;
    this.#clock = clock;
  }

  /** Another page: no position means anything any more. */
  forget(): void {
    this.#orders.clear();
  }

  /** @throws AgentError, PanelError. */
  rows(request: RowsRequest): Promise<{ rows: readonly GridRow[]; total: number }> {
    const work = this.#last.then(() => this.#read(request));
    this.#last = work.catch(() => undefined);
    return work;
  }

  async #read(request: RowsRequest): Promise<{ rows: readonly GridRow[]; total: number }> {
    const { offset, limit } = request;
    const located = this.#locate(request.ref);
    const { positions, total } = await this.#orderOf(request, located);
    let after = await positions.before(offset);
    const found: RecordRow[] = [];
    while (found.length < limit) {
      const page = await located.client.records(located.ref, {
        ...(request.index === undefined ? {} : { index: request.index }),
        ...(after === undefined ? {} : { after }),
        limit: limit - found.length,
        maxBytes: PREVIEW_UNITS,
      });
      found.push(...page.rows);
      if (page.next === undefined) break;
      after = page.next;
    }
    return { rows: found.slice(0, limit).map((row, i) => toGridRow(row, offset + i)), total };
  }

  /** A store whose count changed has its positions found anew: rows came or went. */
  async #orderOf(request: RowsRequest, located: LocatedStore): Promise<Order> {
    const name = JSON.stringify([request.ref, request.index ?? null]);
    const known = this.#orders.get(name);
    const anew = request.anew === true;
    if (known !== undefined && !anew && this.#clock() - known.countedAt < COUNT_LIFE) return known;
    const total = await located.client.count(located.ref);
    const isSame = known !== undefined && !anew && known.total === total;
    const positions = isSame ? known.positions : this.#positionsOf(request);
    const order = { positions, total, countedAt: this.#clock() };
    this.#orders.delete(name);
    this.#orders.set(name, order);
    const [oldest] = this.#orders.keys();
    if (this.#orders.size > ORDERS_KEPT && oldest !== undefined) this.#orders.delete(oldest);
    return order;
  }

  /** The store is located at each read: its frame's agent may be another one by then. */
  #positionsOf({ ref, index }: RowsRequest): SparseIndex<RecordCursor> {
    return new SparseIndex(async (after, limit) => {
      const located = this.#locate(ref);
      if (index === undefined) {
        const keys = await located.client.keys(located.ref, {
          ...(after ? { after: after.key } : {}),
          limit,
        });
        return keys.map((key) => ({ key }));
      }
      return readIndexPositions(located, index, after, limit);
    });
  }
}

/** By index, positions come with their rows; a size limit of 1 keeps the values in the page. */
async function readIndexPositions(
  located: LocatedStore,
  index: string,
  after: RecordCursor | undefined,
  limit: number,
): Promise<RecordCursor[]> {
  const found: RecordCursor[] = [];
  let from = after;
  while (found.length < limit) {
    const wanted = limit - found.length;
    const query = { index, ...(from ? { after: from } : {}), limit: wanted, maxBytes: 1 };
    const page = await located.client.records(located.ref, query);
    found.push(
      ...page.rows.map(({ key, indexKey }) => (indexKey === undefined ? { key } : { key, indexKey })),
    );
    if (page.next === undefined) break;
    from = page.next;
  }
  return found;
}

function toGridRow(row: RecordRow, index: number): GridRow {
  const { key, body, size, reason } = row;
  return {
    index,
    key,
    ...(body === undefined ? {} : { body }),
    ...(size === undefined ? {} : { size }),
    ...(reason === undefined ? {} : { reason }),
  };
}
