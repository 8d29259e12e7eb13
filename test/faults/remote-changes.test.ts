/** Checkpoints of one SQLite file that several bridges' processes write to, some of which are killed. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kill, pid } from "node:process";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type BackendCollection, defaultCapabilities } from "../../bridge/backends/backend.ts";
import { ChildBackend } from "../../bridge/backends/child/child-backend.ts";
import { SupervisedChild } from "../../bridge/backends/child/child-process.ts";
import { tokenAt } from "../../core/batch/entry-batch-access.ts";
import { decodeEntryBatch } from "../../core/batch/entry-batch-codec.ts";
import { encodeKey } from "../../core/key/encode-key.ts";
import { initOf } from "../conformance/suite/bed.ts";
import { builtBridge } from "../support/bridge/built-bridge.ts";

const WRITERS = 3;
const WRITES = 40;
const KILL_AFTER = 15;

let folder: string;
const open: ChildBackend[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-changes-"));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((backend) => backend.close()));
  rmSync(folder, { recursive: true, force: true });
});

function openProcess(): ChildBackend {
  const module = join(builtBridge(), "bridge", "backends", "sqlite", "sqlite-child.js");
  const options = { file: join(folder, "shared.sqlite"), busyTimeoutMs: 20_000 };
  const child = new SupervisedChild(module, JSON.stringify(options), options.file);
  const backend = new ChildBackend(child, defaultCapabilities);
  open.push(backend);
  return backend;
}

/** Of the processes that this one started. */
function childProcesses(): number[] {
  return execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map(Number);
}

interface Writer {
  readonly rows: BackendCollection;
  readonly processId: number;
}

async function openWriter(): Promise<Writer> {
  const others = new Set(childProcesses());
  const rows = openProcess().collection("shop");
  await rows.meta();
  return { rows, processId: childProcesses().find((id) => !others.has(id)) as number };
}

test("hide no change, whoever writes, in whatever order, and whoever is killed", {
  timeout: 120_000,
}, async () => {
  const reader = openProcess().collection("shop");
  await reader.init(initOf("shop"));
  const applied = new Set<string>();
  const seen = new Set<string>();
  let checkpoint = "";
  const read = async (): Promise<void> => {
    const changes = reader.changes(checkpoint, new AbortController().signal);
    for (;;) {
      const next = await changes.next();
      if (next.done) {
        checkpoint = next.value;
        return;
      }
      const batch = decodeEntryBatch(next.value.bytes);
      for (let i = 0; i < batch.count; i++) seen.add(tokenAt(batch, i));
    }
  };
  const write = async ({ rows, processId }: Writer, writer: number): Promise<void> => {
    for (let i = 0; i < WRITES; i++) {
      const opId = `${writer}-${i}`;
      const value = { body: new Uint8Array(10 + 1000 * (i % 3)), digest: new Uint8Array(16) };
      const operation = { opId, key: encodeKey(opId), expect: null, write: value };
      const writing = rows.write([operation], "w");
      // In the middle of a write: it may have been committed or not, and the next one starts another process.
      if (i === KILL_AFTER) kill(processId, "SIGKILL");
      const [outcome] = await writing.catch(() => rows.write([operation], "w"));
      if (outcome?.status === "applied" && outcome.token !== undefined) applied.add(outcome.token);
    }
  };
  const writers: Writer[] = [];
  for (let i = 0; i < WRITERS; i++) writers.push(await openWriter());
  let writing = true;
  const reading = (async () => {
    while (writing) await read();
  })();
  await Promise.all(writers.map(write));
  writing = false;
  await reading;
  await read();
  expect(applied.size).toBe(WRITERS * WRITES);
  expect([...applied].filter((token) => !seen.has(token))).toEqual([]);
});
