import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import {
  type Extent,
  maxDrawn,
  type Place,
  pageLines,
  placeAfterScroll,
  rangeAt,
  scrollHeight,
  scrollTopFor,
  topToShow,
} from "./virtual-range.ts";

/** Height of every line in px: `--row` in tokens.css. */
const LINE_HEIGHT = 22;
const HEAD_HEIGHT = 23;
/** After a scroll in a capped list rests, the scrollbar goes where the list really stands. */
const SETTLE_MS = 160;

export interface VirtualGridProps {
  readonly id: string;
  readonly label: string;
  readonly testId: string;
  readonly lines: number;
  readonly columnCount?: number;
  /** CSS grid-template-columns of head and rows. */
  readonly template: string;
  readonly minWidth?: number;
  readonly head: ComponentChildren;
  /** The row of one line, without a key: elements are used again for other lines. */
  readonly row: (line: number, id: string) => ComponentChildren;
  /** The active line; -1 = none. */
  readonly cursor: number;
  /** The active cell inside the active line, if cells can be entered. */
  readonly cursorCell?: number;
  readonly multiselectable?: boolean;
  /** Keys that move: the line to go to is computed by the grid. */
  readonly onMove: (move: GridMove, event: KeyboardEvent) => void;
  /** Every other key. Answer true when it was used. */
  readonly onKey?: (event: KeyboardEvent) => boolean;
  readonly busy?: boolean;
  /** A click on a line; `column` is -1 where its cells have no ids. */
  readonly onPick?: (place: CellPlace, event: MouseEvent) => void;
  /** A double click on a line. */
  readonly onOpen?: (line: number) => void;
  /** The title of a cell, asked for when the pointer is over it: most cells are never pointed at. */
  readonly titleOf?: (place: CellPlace) => string | undefined;
}

export interface CellPlace {
  readonly line: number;
  readonly column: number;
}

export type GridMove =
  | { readonly by: "lines"; readonly lines: number }
  | { readonly by: "cells"; readonly cells: number }
  | { readonly to: "first" | "last" | "rowStart" | "rowEnd" };

/**
 * A grid of any length with one tab stop: the focus stays on the grid, `aria-activedescendant` names the
 * active cell or row, which is always drawn.
 */
export function VirtualGrid(props: VirtualGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [viewport, setViewport] = useState(400);
  const [place, setPlace] = useState<Place>({ scrollTop: 0, top: 0 });
  const placed = useRef(place);
  const settle = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const extent: Extent = { lines: props.lines, lineHeight: LINE_HEIGHT, viewport };
  const latest = useRef(extent);
  latest.current = extent;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = () => setViewport(Math.max(LINE_HEIGHT, element.clientHeight - HEAD_HEIGHT));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  function goTo(top: number): void {
    const element = scroller.current;
    if (element === null) return;
    const scrollTop = scrollTopFor(latest.current, top);
    element.scrollTop = scrollTop;
    // The element rounds: what it says now is what the next scroll event is measured against.
    placed.current = { scrollTop: element.scrollTop, top };
    setPlace(placed.current);
  }

  // The cursor is always in view when it moves, and a list that got shorter never shows emptiness.
  const cursor = props.cursor;
  useLayoutEffect(() => {
    if (cursor < 0) return;
    const top = topToShow(latest.current, placed.current.top, cursor);
    if (top !== placed.current.top) goTo(top);
  }, [cursor, props.lines, viewport]);

  useEffect(() => () => clearTimeout(settle.current), []);

  function onScroll(): void {
    const element = scroller.current;
    if (element === null) return;
    const before = placed.current;
    if (element.scrollTop === before.scrollTop) return;
    const next = placeAfterScroll(latest.current, before, element.scrollTop);
    placed.current = next;
    const was = rangeAt(latest.current, place.top);
    const is = rangeAt(latest.current, next.top);
    if (
      was.first !== is.first ||
      was.end !== is.end ||
      next.scrollTop - next.top !== place.scrollTop - place.top
    )
      setPlace(next);
    clearTimeout(settle.current);
    settle.current = setTimeout(() => {
      if (Math.abs(scrollTopFor(latest.current, placed.current.top) - placed.current.scrollTop) > 1)
        goTo(placed.current.top);
    }, SETTLE_MS);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const move = moveOf(event, pageLines(extent));
    if (move !== undefined) {
      event.preventDefault();
      props.onMove(move, event);
    } else if (props.onKey?.(event)) event.preventDefault();
  }

  // One listener for all lines: rows are made and dropped at every scroll.
  function onClick(event: MouseEvent): void {
    const at = placeOf(event, props.id);
    if (at !== undefined) props.onPick?.(at, event);
  }

  function onDoubleClick(event: MouseEvent): void {
    const at = placeOf(event, props.id);
    if (at !== undefined) props.onOpen?.(at.line);
  }

  function onPointerOver(event: PointerEvent): void {
    const cell = event.target instanceof Element ? event.target.closest('[role="gridcell"]') : null;
    if (!(cell instanceof HTMLElement) || cell.title !== "") return;
    const at = placeOf(event, props.id);
    const title = at === undefined ? undefined : props.titleOf?.(at);
    if (title !== undefined) cell.title = title;
  }

  const { first, end } = rangeAt(extent, place.top);
  const offset = first * LINE_HEIGHT + place.scrollTop - place.top;
  // Rows that leave at one end come back at the other with new text: no two drawn lines share a slot.
  const slots = maxDrawn(extent);
  const drawn: number[] = [];
  for (let line = first; line < end; line++) drawn.push(line);
  // The active line must exist for aria-activedescendant even when it was scrolled out of view.
  const isCursorDrawn = cursor >= first && cursor < end;
  const active =
    cursor < 0 || !isCursorDrawn
      ? undefined
      : props.cursorCell === undefined
        ? `${props.id}-${cursor}`
        : `${props.id}-${cursor}-${props.cursorCell}`;

  return (
    <div
      ref={scroller}
      class="grid scroll virtual"
      role="grid"
      aria-label={props.label}
      aria-rowcount={props.lines + 1}
      aria-colcount={props.columnCount}
      aria-multiselectable={props.multiselectable ? "true" : undefined}
      aria-activedescendant={active}
      aria-busy={props.busy ? "true" : undefined}
      tabIndex={0}
      data-testid={props.testId}
      style={{ "--cols": props.template, "--min": `${props.minWidth ?? 0}px` }}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDblClick={onDoubleClick}
      onPointerOver={props.titleOf === undefined ? undefined : onPointerOver}
    >
      <div class="ghead" role="rowgroup">
        {props.head}
      </div>
      <div class="gbody" role="rowgroup" style={{ height: `${scrollHeight(extent)}px` }}>
        <div class="gwindow" role="presentation" style={{ transform: `translateY(${offset}px)` }}>
          {drawn.map((line) => (
            <Fragment key={line % slots}>{props.row(line, `${props.id}-${line}`)}</Fragment>
          ))}
        </div>
      </div>
    </div>
  );
}

/** Which line and cell an event is about, by the ids of rows ("drift-7") and cells ("rec-7-2"). */
function placeOf(event: Event, id: string): CellPlace | undefined {
  if (!(event.target instanceof Element) || event.target.closest("button") !== null) return undefined;
  const found = event.target.closest(`[id^="${id}-"]`);
  const [line, column] = found?.id.slice(id.length + 1).split("-") ?? [];
  return line === undefined
    ? undefined
    : { line: Number(line), column: column === undefined ? -1 : Number(column) };
}

function moveOf(event: KeyboardEvent, page: number): GridMove | undefined {
  if (event.altKey || (event.target as HTMLElement).closest("input, textarea") !== null) return undefined;
  const control = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case "ArrowDown":
      return { by: "lines", lines: 1 };
    case "ArrowUp":
      return { by: "lines", lines: -1 };
    case "PageDown":
      return { by: "lines", lines: page };
    case "PageUp":
      return { by: "lines", lines: -page };
    case "Home":
      return { to: control ? "first" : "rowStart" };
    case "End":
      return { to: control ? "last" : "rowEnd" };
    case "ArrowRight":
      return { by: "cells", cells: 1 };
    case "ArrowLeft":
      return { by: "cells", cells: -1 };
    default:
      return undefined;
  }
}
