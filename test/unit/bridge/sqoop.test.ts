/** What of the Sqoop backend can be shown without Sqoop. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { answerRows } from "../../../bridge/backends/sqoop/answer-file.ts";
import { sqlName, sqlText } from "../../../bridge/backends/sqoop/dialects/postgresql-text.ts";
import { AvroFile } from "../../../bridge/backends/sqoop/jdbc/avro-file.ts";
import { columnsIn } from "../../../bridge/backends/sqoop/jdbc/jdbc-columns.ts";
import { whereKeys } from "../../../bridge/backends/sqoop/jdbc/jdbc-sql.ts";
import { cellOf, typeOf } from "../../../bridge/backends/sqoop/jdbc/jdbc-types.ts";
import { optionsText } from "../../../bridge/backends/sqoop/options-file.ts";
import { runFailure } from "../../../bridge/backends/sqoop/sqoop-errors.ts";
import { Together } from "../../../bridge/backends/sqoop/together.ts";
import { WorkFolder } from "../../../bridge/backends/sqoop/work-folder.ts";
import { NotRepresentable } from "../../../core/mapping/cell.ts";

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

  test("that are large wait for more, until a run is full", async () => {
    const MB = 2 ** 20;
    const runs: number[] = [];
    const together = new Together<number, number>({
      run: async (items) => {
        runs.push(items.length);
        return items;
      },
      maxSize: 3 * MB,
      sizeOf: (item) => item,
    });
    const added: Promise<number>[] = [];
    for (let i = 0; i < 5; i++) {
      added.push(together.add(MB));
      await wait(100);
    }
    await Promise.all(added);
    expect(runs).toEqual([3, 2]);
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

  test.each([
    [
      'manager.SqlManager: Error executing statement: org.h2.jdbc.JdbcSQLSyntaxErrorException: Table "A" not found; SQL statement:\nSELECT',
      'Sqoop failed at reading (code 1): Table "A" not found.',
      "backend-failed",
    ],
    [
      "org.h2.jdbc.JdbcSQLInvalidAuthorizationSpecException: Wrong user name or password [28000-232]",
      "Sqoop on x refuses the login: JdbcSQLInvalidAuthorizationSpecException: Wrong user name",
      "unauthorized",
    ],
    [
      'JdbcSQLNonTransientConnectionException: Connection is broken: "java.net.ConnectException: Connection refused: 127.0.0.1:1"',
      "Sqoop on x cannot be reached: JdbcSQLNonTransientConnectionException: Connection is broken: ",
      "backend-unavailable",
    ],
    [
      "ERROR tool.BaseSqoopTool: Got error creating database manager: java.io.IOException: No manager for connect string: jdbc:h2:mem:a",
      'name its class as "driver"',
      "backend-unavailable",
    ],
  ])("of another database: %s", (output, message, code) => {
    expect(failure(output)).toMatchObject({ code, message: expect.stringContaining(message) });
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

describe("a file of Avro", () => {
  const long = (value: number): Buffer => {
    const bytes: number[] = [];
    let rest = value < 0 ? -2 * value - 1 : 2 * value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    return Buffer.from([...bytes, rest]);
  };
  const sized = (bytes: Uint8Array | string): Buffer => {
    const held = Buffer.from(bytes as Uint8Array);
    return Buffer.concat([long(held.length), held]);
  };
  const SYNC = Buffer.alloc(16, 7);
  const fields = [
    { name: "c0", type: ["null", "string"], sqlType: "12" },
    { name: "c1", type: ["null", "bytes"], sqlType: "-3" },
  ];
  const rows = [
    ["", null],
    [null, new Uint8Array([0, 10, 255])],
    ["\u00e9\n".repeat(200_000), new Uint8Array()],
  ] as const;
  const cell = (value: string | Uint8Array | null): Buffer =>
    value === null ? long(0) : Buffer.concat([long(1), sized(value)]);
  const header = (codec: string): Buffer =>
    Buffer.concat([
      Buffer.from("Obj\u0001"),
      long(2),
      sized("avro.codec"),
      sized(codec),
      sized("avro.schema"),
      sized(JSON.stringify({ type: "record", fields })),
      long(0),
      SYNC,
    ]);
  const block = (some: readonly (typeof rows)[number][], pack: (bytes: Buffer) => Buffer): Buffer =>
    Buffer.concat([long(some.length), sized(pack(Buffer.concat(some.flat().map(cell)))), SYNC]);
  const fileOf = (codec: string, pack = (bytes: Buffer): Buffer => bytes): Buffer =>
    Buffer.concat([header(codec), block(rows.slice(0, 2), pack), block(rows.slice(2), pack)]);
  const read = (content: Buffer): unknown[] => {
    const path = join(folder, "part.avro");
    writeFileSync(path, content);
    const file = new AvroFile(path);
    try {
      return [file.columns, [...file.rows()]];
    } finally {
      file.close();
    }
  };

  test.each([
    ["null", fileOf("null")],
    ["deflate", fileOf("deflate", deflateRawSync)],
  ])("with the codec %s is its columns and its rows", (_, content) => {
    const [columns, found] = read(content) as [unknown, (typeof rows)[number][]];
    expect(columns).toEqual([
      { name: "c0", sqlType: 12, holds: "string" },
      { name: "c1", sqlType: -3, holds: "bytes" },
    ]);
    expect(found.map(([one, other]) => [one, other && new Uint8Array(other)])).toEqual(rows);
  });

  test("that was cut in a block or damaged is an error", () => {
    const whole = fileOf("null");
    const ends = [
      header("null").length,
      header("null").length + block(rows.slice(0, 2), (bytes) => bytes).length,
    ];
    const cuts = [...Array(ends[1]).keys(), whole.length - 1, whole.length - 17];
    for (const cut of cuts) {
      if (ends.includes(cut)) continue;
      expect(() => read(whole.subarray(0, cut))).toThrow(expect.objectContaining({ code: "incomplete" }));
    }
    whole[whole.length - 1] = 8;
    expect(() => read(whole)).toThrow("damaged");
    expect(() => read(fileOf("snappy"))).toThrow("compressed by snappy");
  });
});

describe("SQL for any database", () => {
  const [number, name, other] = [typeOf(4), typeOf(12), typeOf(93)];

  test("finds keys by literals that are written alike everywhere, and else by reading all", () => {
    expect(whereKeys([{ name: "ID", type: number }], [[1n], [-2n]])).toBe('"ID" IN (1, -2)');
    const both = [
      { name: "SHOP", type: name },
      { name: "NO", type: number },
    ];
    expect(
      whereKeys(both, [
        ["a", 1n],
        ["b", 2n],
        ["c", 3n],
      ]),
    ).toBe(`((("SHOP" = 'a' AND "NO" = 1) OR ("SHOP" = 'b' AND "NO" = 2)) OR ("SHOP" = 'c' AND "NO" = 3))`);
    for (const text of ["it's", "\\", "$CONDITIONS", "é", "?", "a\n"]) {
      expect(whereKeys([{ name: "SHOP", type: name }], [["a"], [text]])).toBeUndefined();
    }
    expect(whereKeys([{ name: "AT", type: other }], [["2024-05-06 07:08:09"]])).toBeUndefined();
    const many = Array.from({ length: 1001 }, (_, i) => [BigInt(i)]);
    expect(whereKeys([{ name: "ID", type: number }], many)).toBeUndefined();
    expect(whereKeys([{ name: "ID", type: number }], many.slice(1))?.match(/IN/g)).toHaveLength(2);
  });

  test("what no driver should say is not representable, and never guessed", () => {
    const refused: readonly [sqlType: number, said: string | Uint8Array][] = [
      [4, "1.0"],
      [-5, "9223372036854775808"],
      [8, "0x10"],
      [16, "yes"],
      [3, "1E+10"],
      [91, "2023-02-29"],
      [92, "24:00:00"],
      [93, "2024-05-06T07:08:09"],
      [2014, "yesterday"],
      [-3, "00ff"],
      [1111, "{}"],
    ];
    for (const [sqlType, said] of refused) {
      expect({ sqlType, cell: cellOf(sqlType, said) }).toEqual({
        sqlType,
        cell: expect.any(NotRepresentable),
      });
    }
    expect(cellOf(93, "2024-05-06 07:08:09.0")).toBe("2024-05-06 07:08:09");
  });

  test("columns are told once each, whatever else the log says", () => {
    const line = (column: string): string => `12:00 DEBUG manager.SqlManager: Found column ${column}`;
    const log = [
      line("A b of type [12, 20, 0]"),
      line("A b"),
      "of type [1, 2, 3]",
      line("N of type [-5, 19, 0]"),
    ];
    expect(columnsIn([...log, ...log].join("\r\n"))).toEqual([
      { name: "A b", sqlType: 12, size: 20, scale: 0 },
      { name: "N", sqlType: -5, size: 19, scale: 0 },
    ]);
  });
});
