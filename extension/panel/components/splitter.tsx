import { useRef } from "preact/hooks";

export interface SplitterProps {
  readonly label: string;
  /** Share of the second pane in percent. */
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  /** The share that Enter restores. */
  readonly initial: number;
  readonly onChange: (value: number) => void;
}

const STEP_PX = 8;
const BIG_STEP_PX = 40;

/**
 * Between two panes of one grid container. It is vertical or horizontal as the container is laid out, which
 * depends on the panel's width: so the direction is read from its own box when it is used.
 */
export function Splitter({ label, value, min = 15, max = 80, initial, onChange }: SplitterProps) {
  const line = useRef<HTMLDivElement>(null);

  function geometry() {
    const own = line.current?.getBoundingClientRect();
    const box = line.current?.parentElement?.getBoundingClientRect();
    const horizontal = own !== undefined && own.width > own.height;
    const size = box === undefined ? 1 : horizontal ? box.height : box.width;
    const end = box === undefined ? 0 : horizontal ? box.bottom : box.right;
    return { horizontal, size, end };
  }

  const clamp = (next: number) => Math.min(max, Math.max(min, next));

  function onKeyDown(event: KeyboardEvent): void {
    const { horizontal, size } = geometry();
    const step = ((event.shiftKey ? BIG_STEP_PX : STEP_PX) / size) * 100;
    // The second pane grows when the line moves towards the start.
    const towardsStart = horizontal ? "ArrowUp" : "ArrowLeft";
    const towardsEnd = horizontal ? "ArrowDown" : "ArrowRight";
    const next =
      event.key === towardsStart
        ? value + step
        : event.key === towardsEnd
          ? value - step
          : event.key === "Home"
            ? max
            : event.key === "End"
              ? min
              : event.key === "Enter"
                ? initial
                : undefined;
    if (next === undefined) return;
    event.preventDefault();
    onChange(clamp(next));
  }

  function onPointerDown(event: PointerEvent): void {
    if (event.button !== 0) return;
    event.preventDefault();
    const element = line.current;
    element?.setPointerCapture(event.pointerId);
    const { horizontal, size, end } = geometry();
    const move = (moved: PointerEvent) => {
      onChange(clamp(((end - (horizontal ? moved.clientY : moved.clientX)) / size) * 100));
    };
    const stop = () => {
      element?.removeEventListener("pointermove", move);
      element?.removeEventListener("pointerup", stop);
      element?.removeEventListener("pointercancel", stop);
    };
    element?.addEventListener("pointermove", move);
    element?.addEventListener("pointerup", stop);
    element?.addEventListener("pointercancel", stop);
  }

  return (
    <div
      ref={line}
      class="splitter v"
      role="separator"
      aria-label={label}
      aria-orientation="vertical"
      aria-valuenow={Math.round(value)}
      aria-valuemin={min}
      aria-valuemax={max}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onDblClick={() => onChange(initial)}
    />
  );
}
