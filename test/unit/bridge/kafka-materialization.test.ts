import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { BackendWrite } from "../../../bridge/backends/backend.ts";
import { LostTransaction } from "../../../bridge/backends/kafka/lost-transaction.ts";
import { type LogPart, Materialization } from "../../../bridge/backends/kafka/materialization.ts";
import { type TopicRow, toTopicRecord, toTopicRow } from "../../../bridge/backends/kafka/record-format.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";

let folder: string;
let materialization: Materialization;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-materialization-"));
  materialization = new Materialization(join(folder, "topic", "id.sqlite"));
});
afterEach(() => {
  materialization.close();
  rmSync(folder, { recursive: true, force: true });
});

const put = (key: string, expect: string | null, opId: string): BackendWrite => ({
  opId,
  key: encodeKey(key),
  expect,
  write: { digest: new Uint8Array(16), body: new TextEncoder().encode("1") },
});

/** As the log has it, at an offset. */
function rowOf(operation: BackendWrite, offset: number): TopicRow {
  const token = `${Number(operation.expect?.split(".")[0] ?? 0) + 1}.${operation.opId}`;
  const { key, value } = toTopicRecord(operation, token, "");
  return toTopicRow({ offset, key, value }) as TopicRow;
}

const part = (from: number, ...rows: TopicRow[]): LogPart => ({
  from,
  next: Math.max(from, ...rows.map(({ offset }) => offset + 1)),
  rows,
  forgotten: [],
  endReachedAt: 1,
});

const versions = (): unknown[] =>
  materialization.use((file, { records }) =>
    file.statement(`SELECT version FROM ${records} ORDER BY key`).all([]).flat(),
  );

describe("a transaction whose commit had no answer", () => {
  const sent = [put("a", "1.old", "x"), put("b", null, "y")];
  /** Their records lie at 1 and 2. */
  const lost = (): LostTransaction => {
    const tokens = ["2.x", "1.y"];
    return new LostTransaction(
      sent.map((operation, i) => ({ operation, token: tokens[i] ?? "", offset: i + 1 })),
    );
  };
  const isCommitted = (transaction = lost()): boolean | undefined =>
    materialization.use((file, tables) => transaction.isCommitted(file, tables));

  beforeEach(() => materialization.append(part(0, rowOf(put("a", null, "old"), 0))));

  test("is not committed where what it expected is there still", () => {
    expect(isCommitted()).toBe(false);
  });

  test("is committed where one of its records is there, or was written over by who names it", () => {
    materialization.append(part(1, rowOf(put("a", "1.old", "x"), 1), rowOf(put("b", null, "y"), 2)));
    expect(isCommitted()).toBe(true);
    materialization.append(part(3, rowOf(put("a", "2.x", "z"), 3), rowOf(put("b", "1.y", "z"), 4)));
    expect(isCommitted()).toBe(true);
  });

  test("is committed where one of its records has passed, whatever is there now; elsewhere it is another's", () => {
    const transaction = lost();
    const elsewhere = lost();
    transaction.saw({ offset: 1, version: "2.x" });
    elsewhere.saw({ offset: 9, version: "2.x" });
    expect(isCommitted(transaction)).toBe(true);
    expect(isCommitted(elsewhere)).toBe(false);
  });

  test("is not committed where one of its operations was sent again and is in the log behind it", () => {
    materialization.append(part(3, rowOf(put("a", "1.old", "x"), 7)));
    expect(isCommitted()).toBe(false);
  });

  test("is nobody's to tell by what a null has made the topic forget since", () => {
    const forgotten = ["a", "b"].map((key) => ({ key: encodeKey(key), offset: 5 }));
    materialization.append({ ...part(1), next: 6, forgotten });
    expect(isCommitted()).toBeUndefined();
  });

  test("is not committed where somebody else has taken the place of one", () => {
    materialization.append(part(1, rowOf(put("a", "1.old", "other"), 4), rowOf(put("b", "5.q", "other"), 5)));
    expect(isCommitted()).toBe(false);
  });

  test("is nobody's to tell where all of it was written over often", () => {
    materialization.append(part(1, rowOf(put("a", "7.q", "other"), 4), rowOf(put("b", "5.q", "other"), 5)));
    expect(isCommitted()).toBeUndefined();
  });
});

describe("a materialization", () => {
  const [first, second] = [put("a", null, "x"), put("a", "1.x", "y")];

  test("keeps the last record of a key, in order of the offsets, and begins where it ended", () => {
    materialization.append(part(0, rowOf(second, 1), rowOf(first, 0)));
    expect(versions()).toEqual(["2.y"]);
    materialization.close();
    materialization = new Materialization(materialization.path);
    expect(materialization.position()).toMatchObject({ next: 2 });
    expect(versions()).toEqual(["2.y"]);
  });

  test("leaves out what another process has read before, and what would leave a gap", () => {
    const other = new Materialization(materialization.path);
    other.append(part(0, rowOf(first, 0), rowOf(second, 1)));
    materialization.append(part(0, rowOf(first, 0)));
    expect(versions()).toEqual(["2.y"]);
    expect(materialization.append(part(7, rowOf(put("a", "2.y", "z"), 7)))).toBe(2);
    expect(materialization.position().next).toBe(2);
    expect(versions()).toEqual(["2.y"]);
    other.close();
  });

  test("is built anew beside what it holds, and replaced in one step", () => {
    materialization.append(part(0, rowOf(first, 0)));
    const rebuild = materialization.beginRebuild(false);
    rebuild.append(part(0, rowOf(second, 5)));
    expect(versions()).toEqual(["1.x"]);
    rebuild.finish(6);
    expect(versions()).toEqual(["2.y"]);
    expect(materialization.position().next).toBe(6);
    // One that was interrupted leaves nothing behind.
    materialization.beginRebuild(false).append(part(0, rowOf(first, 0)));
    materialization.beginRebuild(false).finish(6);
    expect(versions()).toEqual([]);
  });

  test("never goes back behind what another process has read while it was built anew", () => {
    materialization.append(part(0, rowOf(first, 0)));
    const rebuild = materialization.beginRebuild(false);
    rebuild.append(part(0, rowOf(first, 0)));
    materialization.append(part(1, rowOf(second, 1)));
    expect(rebuild.finish(1)).toBe(false);
    expect(versions()).toEqual(["2.y"]);
    rebuild.append(part(1, rowOf(second, 1)));
    expect(rebuild.finish(2)).toBe(true);
    expect(materialization.position().next).toBe(2);
    // Of another log, the offsets of before say nothing.
    const other = materialization.beginRebuild(true);
    other.append(part(0, rowOf(first, 0)));
    expect(other.finish(1)).toBe(true);
    expect(materialization.position().next).toBe(1);
  });

  test("that is built anew tells what is not there any more, though the log does not say so", () => {
    materialization.append(
      part(0, rowOf(first, 0), rowOf(put("b", null, "b"), 1), rowOf(put("c", null, "c"), 2)),
    );
    const c = { key: encodeKey("c"), offset: 3 };
    materialization.append({ ...part(3), next: 4, forgotten: [c] });
    const rebuild = materialization.beginRebuild(false);
    rebuild.append({ ...part(0, rowOf(first, 0)), next: 9 });
    rebuild.finish(9);
    const forgotten = materialization.use((file, tables) =>
      file.statement(`SELECT key, seq FROM ${tables.forgotten} ORDER BY seq`).all([]),
    );
    expect(forgotten).toEqual([
      [encodeKey("c"), 3],
      [encodeKey("b"), 8],
    ]);
  });

  test("is never made of two rebuilds: who comes first finds its tables gone", () => {
    const { history } = materialization.position();
    const interrupted = materialization.beginRebuild(false);
    interrupted.append(part(0, rowOf(first, 0)));
    const other = materialization.beginRebuild(true);
    expect(() => interrupted.append(part(1, rowOf(second, 1)))).toThrow(/no such table/);
    other.finish(0);
    expect(materialization.position().history).not.toBe(history);
  });

  test("that is damaged is read anew", () => {
    materialization.append(part(0, rowOf(first, 0)));
    materialization.close();
    for (const name of readdirSync(dirname(materialization.path))) {
      writeFileSync(join(dirname(materialization.path), name), "no database".repeat(1000));
    }
    expect(() => materialization.position()).toThrow(/was damaged and is deleted/);
    expect(materialization.position().next).toBe(0);
  });

  test("is for its owner's eyes alone, and takes the place of those of topics that are gone", () => {
    materialization.append(part(0, rowOf(first, 0)));
    const path = dirname(materialization.path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(path)) expect(statSync(join(path, name)).mode & 0o777).toBe(0o600);
    materialization.close();
    const next = new Materialization(join(path, "another.sqlite"));
    next.position();
    expect(readdirSync(path).filter((name) => !name.startsWith("another"))).toEqual([]);
    next.close();
  });
});
