import { useMemo } from "preact/hooks";
import { BlobValue, OpaqueValue } from "../../../../core/codec/platform-values.ts";
import { isTypedArray, typeName } from "../../format/value-kinds.ts";
import { blobText, visible } from "../../format/value-text.ts";
import { wordDifference } from "../../format/word-difference.ts";
import { InlineValue } from "./inline-value.tsx";

const LINE = { budget: 600, fullDates: true } as const;
const MAX_ELEMENTS = 6;

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
