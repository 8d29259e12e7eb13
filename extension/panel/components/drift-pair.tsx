import { type Lane, lanesOf, sayDrift } from "../format/drift-words.ts";
import type { DriftRow } from "../worker/api.ts";
import { Glyph } from "./icon.tsx";

/** The two lanes, for the eye only: what surrounds it says the kind. */
export function Lanes({ lanes }: { lanes: readonly Lane[] }) {
  return (
    <span class="pair" aria-hidden="true">
      {lanes.map((lane, i) => (
        <Glyph key={i} name={lane.glyph} tone={lane.tone} />
      ))}
    </span>
  );
}

/** The drift pair of one record: what each side did since the base, with its name for screen readers. */
export function DriftPair({
  drift,
}: {
  drift: Pick<DriftRow, "kind" | "here" | "there" | "local" | "remote">;
}) {
  const words = sayDrift(drift);
  return (
    <span class="pair-box" role="img" aria-label={words} title={words}>
      <Lanes lanes={lanesOf(drift)} />
    </span>
  );
}
