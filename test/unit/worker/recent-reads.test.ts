import { expect, test } from "vitest";
import type { RecordRead, RemoteStore } from "../../../core/session/ports.ts";
import { RecentReads } from "../../../extension/panel/worker/sync/recent-reads.ts";

const MINUTE = 60_000;
const key = (byte: number): Uint8Array => new Uint8Array([byte]);

/** A remote that leaves the keys of each request. */
function remoteOf(keepsScans: boolean, body = "{}") {
  const requests: number[][] = [];
  let fails = false;
  const remote = {
    capabilities: keepsScans ? { keepsScans } : {},
    async *read(keys: readonly Uint8Array[]): AsyncGenerator<readonly RecordRead[]> {
      requests.push(keys.map(([byte]) => byte as number));
      await Promise.resolve();
      if (fails) throw new Error("away");
      for (const one of keys) yield [{ key: one, state: "present", body }];
    },
  } as unknown as RemoteStore;
  const failing = (is: boolean): void => {
    fails = is;
  };
  return { remote, requests, failing };
}

async function bodiesOf(
  reads: RecentReads,
  remote: RemoteStore,
  ...bytes: number[]
): Promise<(number | undefined)[]> {
  const found: RecordRead[] = [];
  for await (const chunk of reads.of(remote).read(bytes.map(key))) found.push(...chunk);
  return found.map((record) => record.key[0]);
}

test("rows that are opened one after the other are answered from the request that read the rows on screen", async () => {
  let now = 0;
  const reads = new RecentReads(() => now);
  const { remote, requests } = remoteOf(true);
  const first = bodiesOf(reads, remote, 2);
  reads.ahead(remote, [key(1), key(2), key(3)]);
  expect(await bodiesOf(reads, remote, 3, 1)).toEqual([3, 1]);
  expect(await first).toEqual([2]);
  expect(requests).toEqual([[2], [1, 3]]);
  now += MINUTE;
  expect(await bodiesOf(reads, remote, 2)).toEqual([2]);
  expect(requests).toHaveLength(2);
  // What is too old is read anew, together.
  now++;
  expect(await bodiesOf(reads, remote, 2)).toEqual([2]);
  expect(await bodiesOf(reads, remote, 1, 3)).toEqual([1, 3]);
  expect(requests.slice(2)).toEqual([[1, 2, 3]]);
  reads.clear();
  await bodiesOf(reads, remote, 2);
  expect(requests.slice(3)).toEqual([[2]]);
});

test("a request that fails is everybody's error who waits for it, and nobody's after", async () => {
  const reads = new RecentReads(() => 0);
  const { remote, requests, failing } = remoteOf(true);
  failing(true);
  reads.ahead(remote, [key(1), key(2)]);
  await expect(bodiesOf(reads, remote, 1)).rejects.toThrow("away");
  failing(false);
  expect(await bodiesOf(reads, remote, 2)).toEqual([2]);
  expect(requests).toEqual([[1, 2], [2]]);
});

test("large records are not held, nor more than some hundred", async () => {
  const reads = new RecentReads(() => 0);
  const large = remoteOf(true, "x".repeat(100_000));
  for (const _ of [1, 2]) await bodiesOf(reads, large.remote, 1);
  expect(large.requests).toEqual([[1], [1]]);
  const { remote, requests } = remoteOf(true);
  const many = Array.from({ length: 400 }, (_, i) => new Uint8Array([i >> 8, i & 255]));
  reads.ahead(remote, many);
  await Promise.resolve();
  for await (const _ of reads.of(remote).read([many[399] as Uint8Array]));
  expect(requests).toHaveLength(1);
  for await (const _ of reads.of(remote).read([many[0] as Uint8Array]));
  expect(requests).toHaveLength(2);
});

test("a remote that answers at once is asked each time", async () => {
  const reads = new RecentReads(() => 0);
  const { remote, requests } = remoteOf(false);
  reads.ahead(remote, [key(1)]);
  for (const _ of [1, 2]) await bodiesOf(reads, remote, 1);
  expect(requests).toEqual([[1], [1]]);
});
