import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Extent,
  MAX_SCROLL_HEIGHT,
  maxDrawn,
  type Place,
  placeAfterScroll,
  rangeAt,
  scrollHeight,
  scrollTopFor,
  topToShow,
} from "../../../extension/panel/components/grid/virtual-range.ts";

const extents = fc.record({
  lines: fc.integer({ min: 0, max: 3_000_000 }),
  lineHeight: fc.constant(22),
  viewport: fc.integer({ min: 40, max: 2000 }),
});

const maxTop = ({ lines, lineHeight, viewport }: Extent) => Math.max(0, lines * lineHeight - viewport);
const maxScrollTop = (extent: Extent) => Math.max(0, scrollHeight(extent) - extent.viewport);

describe("which lines of a long list are on screen", () => {
  test("the scroll height never exceeds what every browser can lay out", () => {
    fc.assert(
      fc.property(extents, (extent) => {
        expect(scrollHeight(extent)).toBeLessThanOrEqual(MAX_SCROLL_HEIGHT);
        expect(scrollHeight(extent)).toBe(Math.min(MAX_SCROLL_HEIGHT, extent.lines * 22));
      }),
    );
  });

  test("whatever was scrolled, the place stays inside the list and what is visible is drawn", () => {
    fc.assert(
      fc.property(
        extents,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 }),
        (extent, moves) => {
          let place: Place = { scrollTop: 0, top: 0 };
          for (const share of moves) {
            place = placeAfterScroll(extent, place, Math.round(share * maxScrollTop(extent)));
            expect(place.top).toBeGreaterThanOrEqual(0);
            expect(place.top).toBeLessThanOrEqual(maxTop(extent));
            const { first, end } = rangeAt(extent, place.top);
            expect(first * 22).toBeLessThanOrEqual(place.top);
            expect(end * 22).toBeGreaterThanOrEqual(Math.min(place.top + extent.viewport, extent.lines * 22));
            expect(end - first).toBeLessThanOrEqual(maxDrawn(extent));
          }
        },
      ),
    );
  });

  test("the ends of the scrollbar are the ends of the list", () => {
    fc.assert(
      fc.property(extents, fc.integer({ min: 0, max: 8_000_000 }), (extent, from) => {
        const somewhere = placeAfterScroll(
          extent,
          { scrollTop: 0, top: 0 },
          Math.min(from, maxScrollTop(extent)),
        );
        expect(placeAfterScroll(extent, somewhere, 0).top).toBe(0);
        expect(placeAfterScroll(extent, somewhere, maxScrollTop(extent)).top).toBe(maxTop(extent));
      }),
    );
  });

  test("in a million lines a wheel notch still moves by its own pixels", () => {
    const extent = { lines: 1_000_000, lineHeight: 22, viewport: 600 };
    const middle = { scrollTop: 4_000_000, top: 11_000_000 };
    expect(placeAfterScroll(extent, middle, 4_000_100).top).toBe(11_000_100);
    expect(placeAfterScroll(extent, middle, 3_999_934).top).toBe(10_999_934);
  });

  test("every line of a million can be shown, and the scrollbar goes where it stands", () => {
    const extent = { lines: 1_000_000, lineHeight: 22, viewport: 600 };
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: extent.lines - 1 }),
        fc.double({ min: 0, max: maxTop(extent), noNaN: true }),
        (line, from) => {
          const top = topToShow(extent, from, line);
          expect(top).toBeLessThanOrEqual(line * 22);
          expect(top + extent.viewport).toBeGreaterThanOrEqual((line + 1) * 22);
          const scrollTop = scrollTopFor(extent, top);
          expect(scrollTop).toBeGreaterThanOrEqual(0);
          expect(scrollTop).toBeLessThanOrEqual(maxScrollTop(extent));
          const back = placeAfterScroll(extent, { scrollTop: 0, top: 0 }, scrollTop).top;
          // A jump by the scrollbar lands within a screen of where that position stands for.
          expect(Math.abs(back - top)).toBeLessThanOrEqual(extent.viewport * 4);
        },
      ),
    );
  });

  test("a line in view moves nothing", () => {
    expect(topToShow({ lines: 100, lineHeight: 22, viewport: 220 }, 44, 5)).toBe(44);
  });
});
