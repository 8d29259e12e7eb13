import { useMemo } from "preact/hooks";
import { BlobValue, OpaqueValue } from "../../../../core/codec/platform-values.ts";
import { valuesEqual } from "../../../../core/merge/values-equal.ts";
import { isTypedArray, typeName } from "../../format/value-kinds.ts";
import { blobText, visible } from "../../format/value-text.ts";
import { wordDifference } from "../../format/word-difference.ts";
import { InlineValue } from "./inline-value.tsx";

const LINE = { budget: 600, fullDates: true } as const;
const MAX_ELEMENTS = 6;
const MAX_ITEMS = 24;
/** Longer collections are shown whole: comparing their elements would hold up the screen. */
const MAX_COMPARED = 2000;

export interface DifferenceValueProps {
  readonly value: unknown;
  /** What the other side holds: what differs from it is marked. Absent when there is nothing to compare with. */
  readonly other?: { readonly value: unknown };
  /** `ins`: this is what stays. `del`: this is what is replaced. */
  readonly mark: "ins" | "del";
}

/** One side of a field, with what differs from the other side marked: words, elements, or the whole value. */
export function DifferenceValue({ value, other, mark }: DifferenceValueProps) {
  if (other === undefined) return <Typed value={value} />;
  if (typeof value === "string" && typeof other.value === "string")
    return <Words text={value} other={other.value} mark={mark} />;
  if (isTypedArray(value) && isTypedArray(other.value) && value.constructor === other.value.constructor)
    return <Elements value={value} other={other.value} mark={mark} />;
  const items = itemsOf(value, other.value);
  if (items !== undefined) return <Items items={items} mark={mark} />;
  const Mark = mark;
  return (
    <>
      {typeName(value) === typeName(other.value) ? null : (
        <>
          <span class="type">{typeName(value)}</span>{" "}
        </>
      )}
      <Mark>
        <Typed value={value} />
      </Mark>
    </>
  );
}

function Typed({ value }: { value: unknown }) {
  if (value instanceof BlobValue)
    return (
      <>
        <span class="type">{typeName(value)}</span> <bdi class="desc">{blobText(value)}</bdi>
      </>
    );
  if (value instanceof OpaqueValue) return <span class="desc">{value.description}</span>;
  return <InlineValue value={value} options={LINE} />;
}

function Words({ text, other, mark }: { text: string; other: string; mark: "ins" | "del" }) {
  const pieces = useMemo(
    () => (mark === "ins" ? wordDifference(other, text).after : wordDifference(text, other).before),
    [text, other, mark],
  );
  const Mark = mark;
  return (
    <bdi class="v-str">
      "
      {pieces.map((piece, i) =>
        piece.differs ? <Mark key={i}>{visible(piece.text)}</Mark> : visible(piece.text),
      )}
      "
    </bdi>
  );
}

interface Item {
  readonly label?: { readonly value: unknown };
  readonly value: unknown;
  readonly differs: boolean;
}

/** The elements of a collection, with those marked that the other collection does not hold there. */
function itemsOf(value: unknown, other: unknown): readonly Item[] | undefined {
  if (Array.isArray(value) && Array.isArray(other) && value.length <= MAX_COMPARED)
    return Array.from(value, (item: unknown, i) => ({
      value: item,
      differs: i >= other.length || i in value !== i in other || !valuesEqual(item, other[i]),
    }));
  if (value instanceof Set && other instanceof Set)
    return [...value].map((item) => ({ value: item, differs: !other.has(item) }));
  if (value instanceof Map && other instanceof Map && value.size <= MAX_COMPARED)
    return [...value].map(([label, item]) => ({
      label: { value: label },
      value: item,
      differs: !other.has(label) || !valuesEqual(item, other.get(label)),
    }));
  return undefined;
}

/** All elements of a short collection, of a long one those that differ. */
function Items({ items, mark }: { items: readonly Item[]; mark: "ins" | "del" }) {
  const shown = items.length <= MAX_ITEMS ? items : items.filter((item) => item.differs).slice(0, MAX_ITEMS);
  const Mark = mark;
  if (items.length === 0) return <span class="v-obj">empty</span>;
  return (
    <>
      {shown.map((item, i) => (
        <span key={i}>
          {i > 0 ? <span class="v-obj">, </span> : null}
          {item.label === undefined ? null : (
            <>
              <InlineValue value={item.label.value} options={LINE} />
              <span class="v-obj"> → </span>
            </>
          )}
          {item.differs ? (
            <Mark>
              <InlineValue value={item.value} options={LINE} />
            </Mark>
          ) : (
            <InlineValue value={item.value} options={LINE} />
          )}
        </span>
      ))}
      {shown.length < items.length ? (
        <span class="v-obj"> and {items.length - shown.length} more</span>
      ) : null}
    </>
  );
}

type Numbers = { readonly length: number; readonly [index: number]: number | bigint };

function Elements({ value, other, mark }: { value: Numbers; other: Numbers; mark: "ins" | "del" }) {
  const differing: number[] = [];
  let equal = 0;
  for (let i = 0; i < value.length; i++)
    if (i < other.length && Object.is(value[i], other[i])) equal++;
    else if (differing.length < MAX_ELEMENTS) differing.push(i);
  const more = value.length - equal - differing.length;
  const Mark = mark;
  return (
    <>
      <span class="type">{typeName(value)}</span>{" "}
      {differing.map((i) => (
        <span key={i}>
          <span class="v-obj">[{i}]</span>{" "}
          <Mark>
            <InlineValue value={value[i]} />
          </Mark>{" "}
        </span>
      ))}
      <span class="v-obj">
        {more > 0 ? `${more} more differ, ` : ""}
        {equal} equal
      </span>
    </>
  );
}
