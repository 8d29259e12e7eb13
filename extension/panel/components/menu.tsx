import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Button } from "./button.tsx";

export interface MenuItem {
  readonly label: string;
  readonly icon?: ComponentChildren;
  /** Behind the label, such as a count. */
  readonly note?: string;
  readonly testId?: string;
  readonly onChoose: () => void;
}

/** A button that opens a menu. ↑↓ move, Enter chooses, Escape closes and gives the focus back. */
export function MenuButton(props: {
  children: ComponentChildren;
  label: string;
  title?: string;
  items: readonly MenuItem[];
  testId?: string;
  extra?: string;
  blockedBy?: string | undefined;
  onOpen?: () => void;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLSpanElement>(null);

  const items = () => [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];

  useLayoutEffect(() => {
    if (!open) return;
    items()[0]?.focus();
    const outside = (event: PointerEvent) => {
      if (!(event.target instanceof Node) || !box.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", outside, true);
    return () => document.removeEventListener("pointerdown", outside, true);
  }, [open]);

  function close(): void {
    setOpen(false);
    box.current?.querySelector<HTMLElement>("button")?.focus();
  }

  function onKeyDown(event: KeyboardEvent): void {
    const all = items();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const target =
      event.key === "ArrowDown"
        ? (at + 1) % all.length
        : event.key === "ArrowUp"
          ? (at - 1 + all.length) % all.length
          : event.key === "Home"
            ? 0
            : event.key === "End"
              ? all.length - 1
              : undefined;
    if (target !== undefined) {
      event.preventDefault();
      all[target]?.focus();
    } else if (event.key === "Escape" || event.key === "Tab") {
      if (event.key === "Escape") event.preventDefault();
      close();
    } else return;
    // Escape means this menu, not the view below it.
    event.stopPropagation();
  }

  return (
    <span class={`menubox ${props.extra ?? ""}`} ref={box}>
      <Button
        onPress={() => {
          if (!open) props.onOpen?.();
          setOpen(!open);
        }}
        title={props.title ?? props.label}
        popup="menu"
        expanded={open}
        blockedBy={props.blockedBy}
        {...(props.testId === undefined ? {} : { testId: props.testId })}
      >
        {props.children}
      </Button>
      {open ? (
        <div class="popup menu" role="menu" aria-label={props.label} onKeyDown={onKeyDown}>
          {props.items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              tabIndex={-1}
              data-testid={item.testId}
              onClick={() => {
                close();
                item.onChoose();
              }}
            >
              <span class="muted">{item.icon}</span>
              <span class="trunc">{item.label}</span>
              {item.note === undefined ? null : <span class="muted num">{item.note}</span>}
            </button>
          ))}
        </div>
      ) : null}
    </span>
  );
}
