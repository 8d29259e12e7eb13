import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Blotter } from "../../../bridge/jobs/blotter.ts";
import { kindOf } from "../../../bridge/jobs/job-kinds.ts";
import { LastLines } from "../../../bridge/jobs/last-lines.ts";
import { PrintedLines } from "../../../bridge/jobs/printed-lines.ts";
import { foundLogEnd, RunLog } from "../../../bridge/jobs/run-log.ts";

const progressOf = (kind: "mapreduce" | "spark" | "hive" | "command", line: string, progress?: string) =>
  kindOf({ kind, ...(progress === undefined ? {} : { progress }) }).progress(line);

describe("progress, as the tools print it", () => {
  test.each([
    ["mapreduce", "2026-01-02 INFO mapreduce.Job:  map 100% reduce 50%", 75, "map 100% reduce 50%"],
    [
      "hive",
      "2026-01-02 Stage-1 map = 100%,  reduce = 0%, Cumulative CPU 2 sec",
      50,
      "Stage-1: map 100% reduce 0%",
    ],
    ["spark", "[Stage 1:====>                 (1 + 1) / 2]", 50, "Stage 1: 1 of 2 tasks"],
    ["spark", "[Stage 1:==>   (3 + 1) / 4][Stage 2:>   (0 + 0) / 4]", 0, "Stage 2: 0 of 4 tasks"],
  ] as const)("%s: %s", (kind, line, percent, said) => {
    expect(progressOf(kind, line)).toEqual({ percent, said });
  });

  test("a job of its own says how", () => {
    expect(progressOf("command", "at 12.5 % now", "at ([\\d.]+) %")).toEqual({
      percent: 12.5,
      said: "at 12.5 %",
    });
    expect(progressOf("command", "at 999 % now", "at ([\\d.]+) %")).toEqual({ said: "at 999 %" });
    expect(progressOf("command", "at 12.5 % now")).toBeUndefined();
    expect(progressOf("spark", "Stage 1 is done")).toBeUndefined();
  });
});

describe("printed lines", () => {
  const texts = (pieces: readonly string[], secrets: Record<string, string> = {}): string => {
    const lines = new PrintedLines(new Blotter(secrets));
    const all = [...pieces.flatMap((piece) => lines.add(Buffer.from(piece))), ...lines.end()];
    return all.map(({ text, isDrawnOver, isCut }) => text + (isCut ? "" : isDrawnOver ? "<" : "\n")).join("");
  };

  test("are the same however they come", () => {
    const text = "one\r\ntwo\rthree\n\nλ four";
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: text.length })), (cuts) => {
        const at = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(texts(pieces)).toBe("one\ntwo<three\n\nλ four\n");
      }),
    );
  });

  test("no secret shows, wherever a line without an end is cut", () => {
    const secret = "s3cr3t-s3cr3t";
    for (let before = 16 * 1024 - 40; before < 16 * 1024 + 40; before++) {
      const said = texts(["x".repeat(before), secret, "y".repeat(20_000), "\n"], { TOKEN: secret });
      expect(said).toBe(`${"x".repeat(before)}[TOKEN]${"y".repeat(20_000)}\n`);
      const inTwo = texts(["x".repeat(before) + secret.slice(0, 5), secret.slice(5)], { TOKEN: secret });
      expect(inTwo).toBe(`${"x".repeat(before)}[TOKEN]\n`);
    }
  });

  test("each line of a secret of several lines is one", () => {
    expect(texts(["-- line one --\n", "line two!\n"], { KEY: "line one\nline two\n" })).toBe(
      "-- [KEY] --\n[KEY]!\n",
    );
  });
});

test("the last lines are those of the end, cut and without empty ones", () => {
  const last = new LastLines();
  last.add(Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(""));
  last.add("\nhalf");
  last.add(` a line\n${"z".repeat(2000)}`);
  expect(last.lines).toHaveLength(20);
  expect(last.lines.at(-2)).toBe("half a line");
  expect(last.lines.at(-1)).toBe("z".repeat(500));
});

test("of a stack's trace what was thrown is among the last lines, not where", () => {
  const last = new LastLines();
  const frames = (count: number) => "\tat some.pack.Age$Inner.call(File.java:12)\n".repeat(count);
  last.add(`Exception in thread "main" java.lang.Error: it broke\n${frames(30)}`);
  last.add(`Caused by: java.io.IOException: no space\n${frames(30)}\t... 26 more\n`);
  expect(last.lines).toEqual([
    'Exception in thread "main" java.lang.Error: it broke',
    "Caused by: java.io.IOException: no space",
  ]);
});

describe("the log of a run", () => {
  const MiB = 1024 * 1024;
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "driftscope-log-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const readAll = async (log: RunLog): Promise<Map<number, string>> => {
    const parts = new Map<number, string>();
    for (let from = 0; from < log.end; ) {
      const part = await log.read(from);
      parts.set(part.from, Buffer.from(part.bytes).toString());
      from = part.from + part.bytes.length;
    }
    return parts;
  };

  test("is read as it was written, over the borders of its files, from any place", async () => {
    const log = new RunLog(folder);
    const text = Array.from({ length: 300_000 }, (_, i) => `${i}\n`).join("");
    await Promise.all(text.match(/[\s\S]{1,70000}/g)?.map((piece) => log.append(piece)) ?? []);
    expect([...(await readAll(log)).values()].join("")).toBe(text);
    expect(Buffer.from((await log.read(-10)).bytes).toString()).toBe(text.slice(-10));
    expect((await log.read(10 * MiB)).bytes).toHaveLength(0);
    const again = new RunLog(folder, await foundLogEnd(folder));
    expect([...(await readAll(again)).values()].join("")).toBe(text);
  });

  test("keeps the first megabyte and the last four, and tells where it goes on", async () => {
    const log = new RunLog(folder);
    const line = `${"x".repeat(1023)}\n`;
    for (let i = 0; i < 9; i++) await log.append(line.repeat(1024));
    await log.append("the end\n");
    expect(readdirSync(folder).sort()).toEqual(["log.0", "log.6", "log.7", "log.8", "log.9"]);
    const parts = await readAll(log);
    expect([...parts.keys()].filter((from) => from >= MiB && from < 6 * MiB)).toEqual([]);
    expect(parts.has(6 * MiB)).toBe(true);
    expect([...parts.values()].at(-1)).toMatch(/the end\n$/);
    expect(await foundLogEnd(folder)).toBe(log.end);
  });
});
