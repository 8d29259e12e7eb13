import { useMemo, useState } from "preact/hooks";
import { BlobValue, OpaqueValue } from "../../../../core/codec/platform-values.ts";
import { copyText } from "../../format/copy-text.ts";
import { typeName } from "../../format/value-kinds.ts";
import { lineText } from "../../format/value-text.ts";
import { Icon } from "../icon.tsx";
import { InlineValue } from "./inline-value.tsx";
import { type ValueLine, valueLines } from "./value-lines.ts";

const LINE = { budget: 200, fullDates: true } as const;

/** A value as a tree of typed lines: name, value, type. It has tree keys of its own once it is entered. */
export function ValueTree({ value, label, keyPath }: { value: unknown; label: string; keyPath?: string }) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [cursor, setCursor] = useState(0);
  const lines = useMemo(() => valueLines(value, open), [value, open]);
  const at = Math.min(cursor, lines.length - 1);

  function toggle(line: ValueLine): void {
    const next = new Set(open);
    if (!next.delete(line.id)) next.add(line.id);
    setOpen(next);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const line = lines[at];
    if (line === undefined) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      if (line.content.is === "value") copyText(lineText(line.content.value, { budget: 1_000_000 }));
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "ArrowDown":
        setCursor(Math.min(lines.length - 1, at + 1));
        break;
      case "ArrowUp":
        setCursor(Math.max(0, at - 1));
        break;
      case "Home":
        setCursor(0);
        break;
      case "End":
        setCursor(lines.length - 1);
        break;
      case "ArrowRight":
        if (line.expandable && !line.open) toggle(line);
        else if (line.expandable) setCursor(at + 1);
        break;
      case "ArrowLeft":
        if (line.open) toggle(line);
        else if (line.parent !== undefined) setCursor(lines.findIndex((one) => one.id === line.parent));
        break;
      case "Enter":
      case " ":
        if (line.expandable) toggle(line);
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  return (
    <div
      class="props scroll"
      role="tree"
      aria-label={label}
      aria-activedescendant={`prop-${at}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      {lines.map((line, i) => (
        <div
          key={line.id}
          id={`prop-${i}`}
          role="treeitem"
          class={`prop${i === at ? " cursor-line" : ""}`}
          aria-level={line.level}
          aria-expanded={line.expandable ? line.open : undefined}
          aria-selected={i === at}
          data-testid="property"
          onClick={() => {
            setCursor(i);
            if (line.expandable) toggle(line);
          }}
        >
          <div class="k" style={{ "--lv": line.level - 1 }}>
            {line.expandable ? <Icon name={line.open ? "down" : "right"} small /> : <span class="sp" />}
            <bdi class={line.quiet ? "quiet" : undefined} title={line.label}>
              {line.label}
            </bdi>
          </div>
          <div class="val">
            <LineContent line={line} isKey={line.level === 1 && line.label === keyPath} />
          </div>
        </div>
      ))}
    </div>
  );
}

function LineContent({ line, isKey }: { line: ValueLine; isKey: boolean }) {
  const { content } = line;
  switch (content.is) {
    case "note":
      return <span class="v-obj">{content.text}</span>;
    case "range":
      return null;
    case "cycle":
      return (
        <span class="desc">
          the same object as <bdi class="mono">{content.label}</bdi>: a cycle
        </span>
      );
    case "value":
      return (
        <>
          <span class="type">
            {typeName(content.value)}
            {isKey ? " · key" : ""}
          </span>
          {content.value instanceof OpaqueValue ? (
            <span class="desc">
              {content.value.description}. Its content cannot be read, so Driftscope never overwrites this
              record.
            </span>
          ) : content.value instanceof BlobValue ? (
            <span class="desc">
              <InlineValue value={content.value} options={LINE} />
            </span>
          ) : (
            <InlineValue value={content.value} options={LINE} />
          )}
        </>
      );
  }
}
