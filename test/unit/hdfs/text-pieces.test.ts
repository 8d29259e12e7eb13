import fc from "fast-check";
import { expect, test } from "vitest";
import { elementsOf, linesOf, type TextPiece } from "../../../bridge/backends/hdfs/folders/text-pieces.ts";

/** In chunks of these lengths, the rest as one. */
async function* inChunks(text: string, lengths: readonly number[]): AsyncGenerator<Buffer> {
  let rest = Buffer.from(text);
  for (const length of lengths) {
    if (rest.length === 0) return;
    yield rest.subarray(0, length);
    rest = rest.subarray(length);
  }
  if (rest.length > 0) yield rest;
}

type Cut = (path: string, chunks: AsyncIterable<Buffer>) => AsyncIterable<TextPiece[]>;

async function pieces(cut: Cut, text: string, lengths: readonly number[] = []): Promise<TextPiece[]> {
  const all: TextPiece[] = [];
  for await (const some of cut("file", inChunks(text, lengths))) all.push(...some);
  return all;
}

const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue()), { maxLength: 8 });
const lengths = fc.array(fc.integer({ min: 3, max: 20 }));

test("lines are the same however the bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(rows, lengths, fc.boolean(), async (values, chunks, ended) => {
      const text = values.map((value) => JSON.stringify(value)).join("\n") + (ended ? "\n" : "");
      const found = await pieces(linesOf, text, chunks);
      expect(found.map((piece) => JSON.parse(piece.text))).toEqual(JSON.parse(JSON.stringify(values)));
      expect(found.map(({ at }) => at)).toEqual(values.map((_, i) => i + 1));
    }),
  );
});

test("elements are the same however the bytes arrive, and whatever brackets are in their strings", async () => {
  await fc.assert(
    fc.asyncProperty(rows, lengths, fc.constantFrom(0, 2), async (values, chunks, indent) => {
      const found = await pieces(elementsOf, JSON.stringify(values, null, indent), chunks);
      expect(found.map((piece) => JSON.parse(piece.text))).toEqual(JSON.parse(JSON.stringify(values)));
      expect(found.map(({ at }) => at)).toEqual(values.map((_, i) => i + 1));
    }),
  );
});

test("an array that is cut off anywhere is not taken for a shorter one", async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.nat(), async (values, at) => {
      const text = JSON.stringify(values);
      const cut = text.slice(0, at % text.length);
      await expect(pieces(elementsOf, cut)).rejects.toMatchObject({ code: "corrupt" });
    }),
  );
});

test("blank lines are none, and keep the numbers of those behind them", async () => {
  expect(await pieces(linesOf, '\ufeff{"a":1}\r\n\n  \n{"b":2}', [7])).toEqual([
    { text: '{"a":1}\r', at: 1 },
    { text: '{"b":2}', at: 4 },
  ]);
});
