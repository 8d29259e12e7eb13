import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { groupLines } from "../../../extension/panel/stores/grouped-rows.ts";

const kinds = ["conflict", "changedHere", "addedThere", "converged"] as const;
type Kind = (typeof kinds)[number];
const layouts = fc.record({
  groups: fc
    .tuple(...kinds.map((kind) => fc.integer({ min: 0, max: 6 }).map((count) => ({ kind, count }))))
    .map((groups) => groups as { kind: Kind; count: number }[]),
  closed: fc.subarray([...kinds]).map((list) => new Set<Kind>(list)),
});

/** The list as if it were written out. */
function written(groups: readonly { kind: Kind; count: number }[], closed: ReadonlySet<Kind>) {
  let position = 0;
  return groups.flatMap(({ kind, count }) => {
    if (count === 0) return [];
    const first = position;
    position += count;
    const head = { is: "head" as const, kind, position: first, open: !closed.has(kind) };
    if (closed.has(kind)) return [head];
    return [
      head,
      ...Array.from({ length: count }, (_, i) => ({ is: "row" as const, kind, position: first + i })),
    ];
  });
}

describe("lines of a grouped list", () => {
  test("are those of the list written out", () => {
    fc.assert(
      fc.property(layouts, ({ groups, closed }) => {
        const lines = groupLines(groups, closed);
        const all = written(groups, closed);
        expect(lines.total).toBe(all.length);
        expect(all.map((_, i) => lines.at(i))).toEqual(all);
        expect(lines.at(-1)).toBeUndefined();
        expect(lines.at(all.length)).toBeUndefined();
      }),
    );
  });

  test("every row has its line, or its closed group's head", () => {
    fc.assert(
      fc.property(layouts, ({ groups, closed }) => {
        const lines = groupLines(groups, closed);
        for (let position = 0; position < lines.rows; position++) {
          const line = lines.at(lines.lineOf(position));
          if (line?.is === "row") expect(line.position).toBe(position);
          else expect(line?.open).toBe(false);
        }
        expect(lines.lineOf(lines.rows)).toBe(-1);
      }),
    );
  });

  test("stepping down visits every row of open groups once, and each closed group once", () => {
    fc.assert(
      fc.property(layouts, ({ groups, closed }) => {
        const lines = groupLines(groups, closed);
        if (lines.rows === 0) return;
        const wanted = written(groups, closed)
          .filter((line) => line.is === "row" || !line.open)
          .map((line) => line.position);
        const visited = [wanted[0] as number];
        for (let i = 1; i < wanted.length; i++) visited.push(lines.step(visited.at(-1) as number, 1));
        expect(visited).toEqual(wanted);
        const back = [wanted.at(-1) as number];
        for (let i = 1; i < wanted.length; i++) back.unshift(lines.step(back[0] as number, -1));
        expect(back).toEqual(wanted);
      }),
    );
  });
});
