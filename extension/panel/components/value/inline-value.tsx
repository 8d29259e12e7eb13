import { useMemo } from "preact/hooks";
import { type LineOptions, linePieces } from "../../format/value-text.ts";

/** A value on one line, coloured by type. User data: isolated from the direction of what surrounds it. */
export function InlineValue({ value, options }: { value: unknown; options?: LineOptions }) {
  const pieces = useMemo(() => linePieces(value, options), [value, options]);
  return (
    <bdi>
      {pieces.map((piece, i) => (
        <span key={i} class={`v-${piece.tone}`}>
          {piece.text}
        </span>
      ))}
    </bdi>
  );
}
