import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type BackendCollection,
  type BackendOutcome,
  type BackendRecord,
  type BackendWrite,
  defaultCapabilities,
} from "../../../bridge/backends/backend.ts";
import { BackendError } from "../../../bridge/backends/backend-error.ts";
import { tokenAfter } from "../../../bridge/backends/shared/tokens.ts";
import { Journal } from "../../../bridge/journal/journal.ts";
import { CollectionWriter } from "../../../bridge/server/collection-writer.ts";
import { resolveOperation } from "../../../bridge/server/resolve-operation.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { StoredWrite } from "../../../core/protocol/stored.ts";

/** A collection in memory, whose answers a test can hold back or lose. */
class FakeCollection {
  readonly records = new Map<string, BackendRecord>();
  readonly sent: BackendWrite[][] = [];
  /** Runs in place of the answer, after or before the writes have applied. */
  beforeWrite: () => Promise<void> | void = () => {};
  afterWrite: () => Promise<void> | void = () => {};
  /** In place of the outcome of each operation. */
  refusal: BackendOutcome | undefined;

  async meta(): Promise<undefined> {
    return undefined;
  }

  async *read(keys: readonly Uint8Array[]): AsyncGenerator<BackendRecord[]> {
    yield keys.map((key) => this.records.get(toHex(key)) ?? { key, state: "absent" });
  }

  async write(operations: readonly BackendWrite[]): Promise<BackendOutcome[]> {
    this.sent.push([...operations]);
    await this.beforeWrite();
    const { refusal } = this;
    const outcomes = operations.map((operation) => refusal ?? this.apply(operation));
    await this.afterWrite();
    return outcomes;
  }

  apply({ key, opId, expect: expected, write }: BackendWrite): BackendOutcome {
    const current = this.records.get(toHex(key)) ?? { key, state: "absent" as const };
    const token = tokenAfter(expected, opId) ?? "";
    if (current.token === token) return { status: "applied", token };
    if ((current.token ?? null) !== expected) return { status: "missed", current };
    const previous = current.token?.split(".").slice(1).join(".");
    const history = previous === undefined ? {} : { prevOpId: previous };
    const state = write === "delete" ? "deleted" : write === "absent" ? "absent" : "present";
    this.records.set(toHex(key), {
      key,
      state,
      token,
      ...history,
      ...(typeof write === "string" ? {} : write),
    });
    return { status: "applied", token };
  }
}

const key = new Uint8Array([0x30, 1, 0]);
const write = { body: new Uint8Array([1]), digest: new Uint8Array(16).fill(1) };
const operation = (opId: string, expected: string | null = null): StoredWrite => ({
  opId,
  key,
  expect: expected,
  write,
});
const request = { applyId: "apply", dryRun: false, writer: "me", settling: false };
const settling = { ...request, settling: true };

let folder: string;
let journal: Journal;
let collection: FakeCollection;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-writer-"));
  journal = new Journal(folder);
  collection = new FakeCollection();
});
afterEach(async () => {
  await journal.close();
  rmSync(folder, { recursive: true, force: true });
});

const writer = (options: Partial<ConstructorParameters<typeof CollectionWriter>[0]> = {}): CollectionWriter =>
  new CollectionWriter({
    name: { connection: "local", collection: "shop" },
    collection: collection as unknown as BackendCollection,
    capabilities: defaultCapabilities,
    readOnly: undefined,
    journal,
    ...options,
  });

/** Somebody else writes so often. */
function others(times: number): void {
  for (let i = 0; i < times; i++) {
    const current = collection.records.get(toHex(key));
    collection.apply({
      opId: `other-${Math.random().toString(36).slice(2)}`,
      key,
      expect: current?.token ?? null,
      write,
    });
  }
}

describe("writing through the journal", () => {
  test("what is there is durable before the write is sent", async () => {
    collection.apply({ ...operation("theirs"), write: { ...write, body: new Uint8Array([42]) } });
    let journaled: unknown;
    collection.beforeWrite = async () => {
      for await (const [first] of new Journal(folder).preimages({
        connection: "local",
        collection: "shop",
        applyId: "apply",
      }))
        journaled = first?.before.body;
    };
    await writer().write([operation("ours", "1.theirs")], request);
    expect(journaled).toEqual(new Uint8Array([42]));
  });

  test("a journal that cannot be written means that nothing is", async () => {
    const broken = new Journal("/dev/null/journal");
    const [outcome] = await writer({ journal: broken }).write([operation("a")], request);
    expect(outcome).toMatchObject({ status: "rejected", code: "journal-failed" });
    expect(collection.sent).toEqual([]);
  });

  test("a lost answer is unknown; settling finds out, whatever happened since", async () => {
    collection.afterWrite = () => {
      throw new Error("connection reset");
    };
    expect(await writer().write([operation("a")], request)).toMatchObject([
      { status: "unknown", reason: "connection reset" },
    ]);
    collection.afterWrite = () => {};
    expect(await writer().write([operation("a")], settling)).toEqual([
      { opId: "a", status: "applied", token: "1.a" },
    ]);
    others(1);
    expect(await writer().write([operation("a")], settling)).toEqual([
      { opId: "a", status: "applied", token: "1.a" },
    ]);
    others(5);
    // Settled once, the journal has the proof.
    expect(await writer().write([operation("a")], settling)).toEqual([
      { opId: "a", status: "applied", token: "1.a" },
    ]);
  });

  test("a lost answer and many writes since: superseded", async () => {
    collection.afterWrite = () => {
      throw new Error("connection reset");
    };
    await writer().write([operation("a")], request);
    collection.afterWrite = () => {};
    others(3);
    expect(await writer().write([operation("a")], settling)).toMatchObject([
      { status: "superseded", current: { state: "present" } },
    ]);
    // Also for a plain retry: it was sent before.
    expect(await writer().write([operation("a")], request)).toMatchObject([{ status: "superseded" }]);
  });

  test("of an apply that the journal has lost, settling one operation leaves the others superseded", async () => {
    others(3);
    const elsewhere = { ...operation("b"), key: new Uint8Array([0x30, 2, 0]) };
    expect(await writer().write([elsewhere], settling)).toMatchObject([{ status: "applied" }]);
    expect(await writer().write([operation("a")], settling)).toMatchObject([{ status: "superseded" }]);
  });

  test("a first attempt that misses is a conflict, however many were faster", async () => {
    collection.beforeWrite = () => others(4);
    expect(await writer().write([operation("a")], request)).toMatchObject([{ status: "conflict" }]);
  });

  test("an attempt that misses after one whose answer was lost is not called a conflict", async () => {
    let delayed: (() => void) | undefined;
    // The first request is stuck on its way and applies only later.
    collection.beforeWrite = () => {
      delayed = () => collection.apply(operation("a"));
      throw new Error("timeout");
    };
    await writer().write([operation("a")], request);
    collection.beforeWrite = () => {
      delayed?.();
      others(3);
    };
    expect(await writer().write([operation("a")], settling)).toMatchObject([{ status: "superseded" }]);
  });

  test("a refusal that wrote nothing is named, and while settling stays unknown", async () => {
    collection.beforeWrite = () => {
      throw new BackendError("locked", "Another program holds a lock.");
    };
    expect(await writer().write([operation("a")], request)).toMatchObject([
      { status: "rejected", code: "locked" },
    ]);
    expect(await writer().write([operation("a")], settling)).toMatchObject([{ status: "unknown" }]);
    collection.beforeWrite = () => {
      throw new BackendError("backend-unavailable", "It ended.", { nothingWritten: false });
    };
    expect(await writer().write([operation("a")], request)).toMatchObject([{ status: "unknown" }]);
  });

  test("an operation that is refused is rejected, and while settling stays unknown until it is fenced", async () => {
    let delayed: (() => void) | undefined;
    // The first request is stuck on its way.
    collection.beforeWrite = () => {
      delayed = () => collection.apply(operation("a"));
      throw new Error("timeout");
    };
    await writer().write([operation("a")], request);
    collection.beforeWrite = () => {};
    collection.refusal = { status: "rejected", code: "backend-unavailable", reason: "It is too busy." };
    expect(await writer().write([operation("b")], request)).toMatchObject([{ status: "rejected" }]);
    expect(await writer().write([operation("a")], settling)).toEqual([
      { opId: "a", status: "unknown", reason: "It is too busy." },
    ]);
    // Nor is it fenced where the fence was refused.
    expect(await writer().fence([operation("a")], settling)).toEqual([
      { opId: "a", status: "unknown", reason: "It is too busy." },
    ]);
    collection.refusal = undefined;
    delayed?.();
    expect(await writer().write([operation("a")], settling)).toMatchObject([{ status: "applied" }]);
  });

  test("a read-only connection writes nothing, not even to the journal", async () => {
    const readOnly = writer({ readOnly: "The connection is read-only." });
    for (const outcomes of [
      await readOnly.write([operation("a")], request),
      await readOnly.fence([operation("b")], settling),
    ]) {
      expect(outcomes).toMatchObject([{ status: "rejected", code: "read-only" }]);
    }
    expect(collection.sent).toEqual([]);
    expect(await journal.size()).toEqual({ applies: 0, bytes: 0 });
  });

  test("a record that cannot be read is not overwritten: it could not be put back", async () => {
    collection.records.set(toHex(key), { key, state: "unreadable", reason: "digest is short", token: "1.x" });
    expect(await writer().write([operation("a", "1.x")], request)).toMatchObject([
      { status: "rejected", code: "unreadable" },
    ]);
    expect(collection.sent).toEqual([]);
  });

  test("a backend that cannot fence leaves it unknown", async () => {
    const capabilities = { ...defaultCapabilities, canFence: false };
    expect(await writer({ capabilities }).fence([operation("a")], settling)).toMatchObject([
      { status: "unknown" },
    ]);
  });

  test("a fence that loses its answer is unknown, and fencing again holds", async () => {
    collection.afterWrite = () => {
      throw new Error("reset");
    };
    expect(await writer().fence([operation("a")], settling)).toMatchObject([{ status: "unknown" }]);
    collection.afterWrite = () => {};
    expect(await writer().fence([operation("a")], settling)).toMatchObject([
      { status: "rejected", code: "fenced" },
    ]);
    expect(collection.apply(operation("a")).status).toBe("missed");
  });

  test("an operation that applies while it is being fenced is told as applied", async () => {
    collection.beforeWrite = () => {
      collection.apply(operation("a"));
    };
    expect(await writer().fence([operation("a")], settling)).toEqual([
      { opId: "a", status: "applied", token: "1.a" },
    ]);
  });
});

describe("what a record proves about an operation that expected slot 3", () => {
  const at = (token: string | undefined, prevOpId?: string): BackendRecord => ({
    key,
    state: token === undefined ? "absent" : "present",
    ...(token === undefined ? {} : { token }),
    ...(prevOpId === undefined ? {} : { prevOpId }),
  });
  const mine = { opId: "mine", expect: "3.before" };

  test.each([
    [at("3.before", "older"), "open"],
    [at("4.mine", "before"), "applied"],
    [at("4.theirs", "before"), "never"],
    [at("5.theirs", "mine"), "applied"],
    [at("5.theirs", "others"), "never"],
    [at("5.theirs"), "maybe"],
    [at("6.theirs", "others"), "maybe"],
    // The collection was restored or recreated.
    [at("2.older"), "maybe"],
    [at(undefined), "maybe"],
    [at("no token of ours"), "maybe"],
  ])("%j: %s", (current, resolution) => {
    expect(resolveOperation(mine, current)).toBe(resolution);
  });

  test("one that expects what no record can have never applies", () => {
    expect(resolveOperation({ opId: "mine", expect: "abc" }, at("3.before"))).toBe("never");
    expect(resolveOperation({ opId: "mine", expect: "abc" }, at("abc"))).toBe("never");
  });
});
