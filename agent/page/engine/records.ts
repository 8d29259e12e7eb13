/** Pages of records for a grid: by primary key or by index, forward and backward. */
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { AgentError } from "../../wire/agent-error.ts";
import { PartKind } from "../../wire/part.ts";
import type { KeysRequest, RecordPosition, RecordsRequest } from "../../wire/requests.ts";
import { keyOfHex, rangeOf, spanOf } from "./key-span.ts";
import type { OpenStore } from "./open-store.ts";
import { ABSENT, Density, readChunkOrEach, wantedKey } from "./read-keys.ts";
import { RecordDigester } from "./record-digester.ts";
import { resultOf } from "./requests.ts";
import type { TaskOutput } from "./task-output.ts";

/** Values read at once, so that a page of large records can end early. */
const VALUES_AT_ONCE = 32;

/** Lengths of bodies are in UTF-16 units. */
interface RecordRow {
  readonly position: RecordPosition;
  readonly body?: string;
  readonly size?: number;
  readonly reason?: string;
  readonly blocked?: string;
}

export async function readPage(request: RecordsRequest, store: OpenStore, output: TaskOutput): Promise<void> {
  const positions = await positionsOf(request, store);
  const digester = new RecordDigester({ ignore: [] });
  const rows: RecordRow[] = [];
  let units = 0;
  for (let at = 0; at < positions.length && units < request.maxBytes; at += VALUES_AT_ONCE) {
    output.check();
    const some = positions.slice(at, at + VALUES_AT_ONCE);
    const found = await readChunkOrEach(
      store,
      some.map(({ key }) => wantedKey(key)),
      new Density(1),
    );
    for (const [index, each] of found.entries()) {
      const position = some[index] as RecordPosition;
      if (each === ABSENT) continue;
      const slot = digester.slotNow(each.value) ?? (await digester.slot(each.value));
      if (slot.state === "unreadable") {
        rows.push({ position, reason: slot.reason });
        continue;
      }
      const size = slot.body.length;
      const blocked = slot.blocked === undefined ? {} : { blocked: slot.blocked };
      const fits = size <= request.maxBodyUnits;
      rows.push({ position, size, ...(fits ? { body: slot.body } : {}), ...blocked });
      if (fits) units += size;
      if (units >= request.maxBytes) break;
    }
  }
  const reached = rows.at(-1)?.position ?? positions.at(-1);
  const isLast = positions.length < request.limit && reached === positions.at(-1);
  const next = isLast || reached === undefined ? {} : { next: reached };
  await output.emit(PartKind.json, JSON.stringify({ rows, ...next }));
}

async function positionsOf(request: RecordsRequest, store: OpenStore): Promise<RecordPosition[]> {
  if (request.index === undefined && request.direction === "next") {
    const span = spanOf(request.after === undefined ? {} : { after: request.after.key }) ?? {
      lowerOpen: false,
    };
    const keys = await resultOf(store.begin().getAllKeys(rangeOf(span), request.limit));
    return keys.map((key) => ({ key: toHex(encodeKey(key)) }));
  }
  return walk(request, sourceOf(request, store));
}

/** @throws AgentError "no-index" */
function sourceOf(request: RecordsRequest, store: OpenStore): IDBObjectStore | IDBIndex {
  const inTransaction = store.begin();
  if (request.index === undefined) return inTransaction;
  if (!inTransaction.indexNames.contains(request.index)) {
    throw new AgentError("no-index", `The object store "${store.name}" has no index "${request.index}" now.`);
  }
  return inTransaction.index(request.index);
}

/**
 * Walks a key cursor. In an index many records share a key: a page resumes at (key, primary key), or it would
 * drop the rest of them.
 */
function walk(request: RecordsRequest, source: IDBObjectStore | IDBIndex): Promise<RecordPosition[]> {
  const { after, direction, limit } = request;
  const byIndex = "objectStore" in source;
  const start = after === undefined ? undefined : keyOfHex(after.indexKey ?? after.key);
  const startPrimary = after === undefined ? undefined : keyOfHex(after.key);
  const positions: RecordPosition[] = [];
  let mustJump = byIndex && startPrimary !== undefined;
  const cursorRequest = source.openKeyCursor(boundOf(start, direction, byIndex), direction);
  return new Promise((resolve, reject) => {
    cursorRequest.onerror = () => reject(cursorRequest.error);
    cursorRequest.onsuccess = () => {
      const cursor = cursorRequest.result;
      if (cursor === null || positions.length === limit) {
        resolve(positions);
        return;
      }
      if (startPrimary !== undefined && byIndex && indexedDB.cmp(cursor.key, start) === 0) {
        const order = indexedDB.cmp(cursor.primaryKey, startPrimary);
        const isBefore = direction === "next" ? order < 0 : order > 0;
        if (isBefore && mustJump) {
          mustJump = false;
          cursor.continuePrimaryKey(cursor.key, startPrimary);
          return;
        }
        if (order === 0 || isBefore) {
          cursor.continue();
          return;
        }
      }
      positions.push({
        key: toHex(encodeKey(cursor.primaryKey)),
        ...(byIndex ? { indexKey: toHex(encodeKey(cursor.key)) } : {}),
      });
      if (positions.length === limit) resolve(positions);
      else cursor.continue();
    };
  });
}

function boundOf(
  start: IDBValidKey | undefined,
  direction: "next" | "prev",
  byIndex: boolean,
): IDBKeyRange | null {
  if (start === undefined) return null;
  return direction === "next"
    ? IDBKeyRange.lowerBound(start, !byIndex)
    : IDBKeyRange.upperBound(start, !byIndex);
}

export async function readStoreKeys(
  request: KeysRequest,
  store: OpenStore,
  output: TaskOutput,
): Promise<void> {
  const span = spanOf(request.after === undefined ? {} : { after: request.after }) ?? { lowerOpen: false };
  const keys = await resultOf(store.begin().getAllKeys(rangeOf(span), request.limit));
  await output.emit(PartKind.json, JSON.stringify(keys.map((key) => toHex(encodeKey(key)))));
}
