import { describe, expect, test } from "vitest";
import { BodyColumnBuilder, bodyText } from "../../../extension/local/body-column.ts";
import {
  deflateBodies,
  readBodies,
  type StoredBodies,
  StoredBodiesError,
} from "../../../extension/local/stored-bodies.ts";

function columnOf(texts: readonly (string | undefined)[]) {
  const builder = new BodyColumnBuilder();
  for (const text of texts) builder.push(text);
  const column = builder.build();
  if (column === undefined) throw new Error("no body in it");
  return column;
}

async function deflated(texts: readonly (string | undefined)[]): Promise<Uint8Array> {
  const bytes = await deflateBodies(columnOf(texts));
  if (bytes === undefined) throw new Error("not deflated");
  return bytes;
}

async function textsOf(stored: StoredBodies) {
  const column = await readBodies(stored);
  return Array.from(column.ends, (_end, i) => bodyText(column, i));
}

async function codeOf(stored: StoredBodies): Promise<string> {
  const error = await readBodies(stored).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof StoredBodiesError)) throw new Error(`expected a StoredBodiesError, got ${error}`);
  return error.code;
}

const texts = [
  undefined,
  '{"a":1}',
  undefined,
  '"größer 你好 \ufeff 😀"',
  ...new Array(200).fill('{"same":1}'),
];

describe("stored bodies", () => {
  test("are all there, deflated or not", async () => {
    const plain = columnOf(texts);
    expect(await textsOf({ plain })).toEqual(texts);
    const smaller = await deflated(texts);
    expect(smaller.length).toBeLessThan(plain.text.length / 5);
    expect(await textsOf({ deflated: smaller })).toEqual(texts);
  });

  test("that would not get smaller, or be another text in UTF-8, are not deflated", async () => {
    const random = crypto.getRandomValues(new Uint8Array(30)).join("");
    expect(await deflateBodies(columnOf([random.slice(0, 20)]))).toBeUndefined();
    expect(await deflateBodies(columnOf(["\ud800".repeat(500)]))).toBeUndefined();
  });

  test("cut off or changed where it shows are malformed", async () => {
    const bytes = await deflated(texts);
    for (const length of [0, 11, 12, 13, bytes.length - 1]) {
      expect(await codeOf({ deflated: bytes.slice(0, length) })).toBe("malformed-bodies");
    }
    for (const [at, byte] of [
      [0, 0x20],
      [4, 0xff],
      [7, 0xff],
      [8, 0],
      [11, 0xff],
      [12, 0xff],
    ] as const) {
      const changed = bytes.slice();
      changed[at] = byte;
      expect(await codeOf({ deflated: changed })).toBe("malformed-bodies");
    }
    const { text, ends } = columnOf(texts);
    expect(await codeOf({ plain: { text: text.slice(1), ends } })).toBe("malformed-bodies");
    expect(await codeOf({ plain: { text, ends: ends.slice().reverse() } })).toBe("malformed-bodies");
  });

  test("of a later format are told apart from damage", async () => {
    const bytes = await deflated(texts);
    bytes[3] = 0x32;
    expect(await codeOf({ deflated: bytes })).toBe("newer-bodies");
    expect(await codeOf({})).toBe("newer-bodies");
  });

  test("that claim to be small and inflate without end are refused", async () => {
    const bytes = await deflated(['"'.padEnd(3_000_000, "x")]);
    new DataView(bytes.buffer).setUint32(8, 100, true);
    expect(await codeOf({ deflated: bytes })).toBe("malformed-bodies");
  });
});
