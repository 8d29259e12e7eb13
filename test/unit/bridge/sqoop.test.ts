/** What of the Sqoop backend can be shown without Sqoop. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRows } from "../../../bridge/backends/sqoop/answer-file.ts";
import { sqlName, sqlText } from "../../../bridge/backends/sqoop/dialects/postgresql-text.ts";
import { optionsText } from "../../../bridge/backends/sqoop/options-file.ts";
import { runFailure } from "../../../bridge/backends/sqoop/sqoop-errors.ts";
import { Together } from "../../../bridge/backends/sqoop/together.ts";
import { WorkFolder } from "../../../bridge/backends/sqoop/work-folder.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-unit-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("an options file", () => {
  test("has a line for each option and each value", () => {
    expect(optionsText([["-Da=b"], ["-m", 1], ["--clear-staging-table"]])).toBe(
      "-Da=b\n-m\n1\n--clear-staging-table\n",
    );
  });

  test.each(["# a comment", "goes on\\", '"quoted"', "quoted'", " spaces", "two\nlines", "é", "\ttab"])(
    "refuses a line that Sqoop would misread: %j",
    (line) => {
      expect(() => optionsText([["--query", line]])).toThrow(TypeError);
    },
  );
});

describe("a text in SQL", () => {
  /** As PostgreSQL reads it. */
  const readAs = (sql: string, quote: string): string => {
    const plain = new RegExp(`^${quote}([^${quote}]*)${quote}$`).exec(sql)?.[1];
    if (plain !== undefined) return plain;
    const escaped = new RegExp(`^U&${quote}([^${quote}]*)${quote}$`).exec(sql)?.[1] ?? "not a literal";
    return escaped.replace(/\\\+([0-9a-f]{6})/g, (_, point) =>
      String.fromCodePoint(Number.parseInt(point, 16)),
    );
  };

  test("is ASCII without line breaks, holds no $CONDITIONS, and is the same text again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const [sql, quote] of [
          [sqlText(text), "'"],
          [sqlName(text), '"'],
        ] as const) {
          expect(sql).toMatch(/^[\x20-\x7e]*$/);
          expect(sql).not.toContain("$");
          expect(readAs(sql, quote)).toBe(text);
        }
      }),
      { examples: [["it's"], ['a "b"'], ["$CONDITIONS"], ["\\+00ab"], ["\n\t"], [""], ["--"], ["?"]] },
    );
  });
});

describe("an import's file", () => {
  const read = async (content: string): Promise<unknown[]> => {
    const file = join(folder, "part");
    writeFileSync(file, content);
    const rows: unknown[] = [];
    for await (const { question, cells } of answerRows(file, 2)) rows.push([question, ...cells]);
    return rows;
  };

  test("is rows up to the one that comes last", async () => {
    const long = "é\u2028".repeat(100_000);
    expect(await read(`0\t["a\\n",null]\n1\t${JSON.stringify([long])}\n2\t["end"]\n`)).toEqual([
      [0, "a\n", null],
      [1, long],
    ]);
  });

  test.each([
    ["that lacks its last row", '0\t["a"]\n', "incomplete"],
    ["that is empty", "", "incomplete"],
    ["that goes on after it", '2\t["end"]\n0\t["a"]\n', "incomplete"],
    ["with a line that was cut", '0\t["a', "backend-failed"],
    ["with a line of something else", "hello\n", "backend-failed"],
  ])("%s is an error, and never all there is", async (_, content, code) => {
    await expect(read(content)).rejects.toMatchObject({ code });
  });
});

describe("calls that wait", () => {
  test("go together in the next run, in bounds, each with its own result", async () => {
    const runs: number[][] = [];
    const together = new Together<number, number>({
      run: async (items) => {
        runs.push([...items]);
        if (items.includes(13)) throw new Error("13");
        return items.map((item) => item * 2);
      },
      maxSize: 10,
      sizeOf: (item) => item,
    });
    const first = [1, 2, 3].map((item) => together.add(item));
    expect(await Promise.all(first)).toEqual([2, 4, 6]);
    const second = [13, 6, 5, 1].map((item) => together.add(item));
    await expect(second[0]).rejects.toThrow("13");
    expect(await Promise.all(second.slice(1))).toEqual([12, 10, 2]);
    expect(runs).toEqual([[1, 2, 3], [13], [6], [5, 1]]);
  });
});

describe("a failed run", () => {
  const failure = (output: string) => runFailure("Sqoop on x", "reading", output, "code 1");

  test("is told by the last error that was said, where its words are not known, and wrote who knows what", () => {
    const error = failure("12:00 INFO a: b\n12:01 ERROR tool.ImportTool: Something new happened\n\tat x.Y\n");
    expect(error).toMatchObject({ code: "backend-failed", nothingWritten: false });
    expect(error.message).toBe("Sqoop failed at reading (code 1): Something new happened.");
  });

  test("of what the database refused is told in its words, and wrote nothing", () => {
    const error = failure("Caused by: org.postgresql.util.PSQLException: ERROR: deadlock detected\n");
    expect(error).toMatchObject({
      nothingWritten: true,
      message: "Sqoop on x refused reading: deadlock detected.",
    });
  });

  test("whose connection broke may have written", () => {
    const said = "PSQLException: An I/O error occurred while sending to the backend.";
    expect(failure(said).nothingWritten).toBe(false);
  });
});

describe("the work folder", () => {
  /** The id of a process that has ended. */
  const NOBODY = 2 ** 22 + 1;

  test("of a process that is no more is removed by the next one, and no other", () => {
    const [left, other, somebodys] = [
      "driftscope-sqoop-left",
      "driftscope-sqoop-other",
      "driftscope-else",
    ].map((name) => join(folder, name)) as [string, string, string];
    for (const one of [left, other, somebodys]) mkdirSync(join(one, "run-1"), { recursive: true });
    writeFileSync(join(left, "owner"), String(NOBODY));
    // An id that was given again: a process, but not of that folder.
    writeFileSync(join(left, "run-1/pid"), String(process.pid));
    writeFileSync(join(other, "owner"), String(process.pid));
    const work = new WorkFolder(folder);
    expect(existsSync(work.runFolder())).toBe(true);
    expect([left, other, somebodys].map((one) => existsSync(one))).toEqual([false, true, true]);
    work.dispose();
    expect(existsSync(work.runFolder())).toBe(true);
    work.dispose();
  });
});
