/**
 * Which lines of a very long list are on screen.
 *
 * Lines have one fixed height. Firefox gives an element over about 17 million px no height at all, so the
 * scroll height is capped at 8 million px; above that a jump of the scrollbar is mapped in proportion, while a
 * small move (wheel, keys, touch) moves the list by as many pixels: every line stays reachable and a wheel
 * notch is the same three lines in a list of ten and in a list of a million.
 */

export const MAX_SCROLL_HEIGHT = 8_000_000;

/** Lines drawn beyond the edges, so that a scroll shows no gap before the next frame. */
const OVERSCAN = 5;

export interface Extent {
  readonly lines: number;
  /** px */
  readonly lineHeight: number;
  /** px of the list that are visible. */
  readonly viewport: number;
}

/** `scrollTop` is the element's; `top` is where the viewport stands in the list's own pixels. */
export interface Place {
  readonly scrollTop: number;
  readonly top: number;
}

/** Height to give the scrolled element, px. */
export function scrollHeight({ lines, lineHeight }: Extent): number {
  return Math.min(lines * lineHeight, MAX_SCROLL_HEIGHT);
}

/** The largest `top`. */
function maxTop({ lines, lineHeight, viewport }: Extent): number {
  return Math.max(0, lines * lineHeight - viewport);
}

/** The largest `scrollTop`. */
function maxScrollTop(extent: Extent): number {
  return Math.max(0, scrollHeight(extent) - extent.viewport);
}

function isCapped(extent: Extent): boolean {
  return extent.lines * extent.lineHeight > MAX_SCROLL_HEIGHT;
}

const clamp = (value: number, max: number) => Math.max(0, Math.min(max, value));

/** The `scrollTop` that stands for a `top`. */
export function scrollTopFor(extent: Extent, top: number): number {
  const most = maxTop(extent);
  if (!isCapped(extent) || most === 0) return clamp(top, maxScrollTop(extent));
  return (clamp(top, most) / most) * maxScrollTop(extent);
}

/** Where the list stands after its element scrolled to `scrollTop`. */
export function placeAfterScroll(extent: Extent, before: Place, scrollTop: number): Place {
  const most = maxTop(extent);
  if (!isCapped(extent)) return { scrollTop, top: clamp(scrollTop, most) };
  const mostScroll = maxScrollTop(extent);
  const moved = scrollTop - before.scrollTop;
  // The two ends are always the two ends, however the scrollbar got there.
  if (scrollTop <= 0) return { scrollTop, top: 0 };
  if (scrollTop >= mostScroll - 1) return { scrollTop, top: most };
  if (Math.abs(moved) <= extent.viewport * 2) return { scrollTop, top: clamp(before.top + moved, most) };
  return { scrollTop, top: (scrollTop / mostScroll) * most };
}

/** Where the list must stand so that a line is wholly visible, moving as little as possible. */
export function topToShow(extent: Extent, top: number, line: number): number {
  const start = line * extent.lineHeight;
  const end = start + extent.lineHeight;
  if (start < top) return clamp(start, maxTop(extent));
  if (end > top + extent.viewport) return clamp(end - extent.viewport, maxTop(extent));
  return clamp(top, maxTop(extent));
}

export interface Range {
  /** First line to draw. */
  readonly first: number;
  /** One past the last line to draw. */
  readonly end: number;
}

export function rangeAt(extent: Extent, top: number): Range {
  const firstVisible = Math.floor(top / extent.lineHeight);
  const endVisible = Math.ceil((top + extent.viewport) / extent.lineHeight);
  return {
    first: Math.max(0, Math.min(extent.lines, firstVisible - OVERSCAN)),
    end: Math.min(extent.lines, endVisible + OVERSCAN),
  };
}

/** The most lines that rangeAt ever gives for this viewport. */
export function maxDrawn({ lineHeight, viewport }: Extent): number {
  return Math.ceil(viewport / lineHeight) + 1 + 2 * OVERSCAN;
}

/** Lines that a Page key moves: one less than fit, so that the eye keeps a line. */
export function pageLines(extent: Extent): number {
  return Math.max(1, Math.floor(extent.viewport / extent.lineHeight) - 1);
}
