import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { NumberField, numberProblem } from "../../components/number-field.tsx";
import { usePanel } from "../../stores/panel.ts";
import type { PanelLimits } from "../../worker/api.ts";

interface Field {
  readonly name: keyof PanelLimits;
  readonly label: string;
  readonly unit: string;
  readonly least: number;
  readonly most: number;
}

const FIELDS: readonly Field[] = [
  { name: "bodyMegabytes", label: "Record bodies kept with a base", unit: "MB", least: 0, most: 100_000 },
  { name: "journalDays", label: "History and undo kept for", unit: "days", least: 1, most: 3650 },
  { name: "journalMegabytes", label: "History and undo kept up to", unit: "MB", least: 1, most: 100_000 },
];

/** For each mapping. Digests are always kept: without bodies a conflict shows no base values. */
export function LimitsForm({ limits }: { limits: PanelLimits }) {
  const { memory } = usePanel();
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>({});
  const textOf = ({ name }: Field): string => typed[name] ?? String(limits[name]);
  const problems = FIELDS.map((field) => numberProblem(textOf(field), { ...field, digits: 6 }));
  const isChanged = FIELDS.some((field) => textOf(field) !== String(limits[field.name]));

  function save(): void {
    const wanted = Object.fromEntries(FIELDS.map((field) => [field.name, Number(textOf(field))]));
    void memory.setLimits(wanted as unknown as PanelLimits);
  }

  return (
    <section>
      <h3>Limits for each mapping</h3>
      <p class="hint">
        Beyond a limit the oldest goes first. Without bodies a conflict shows no base values; what is equal
        stays known. Applies that are not settled stay.
      </p>
      <div class="limits">
        {FIELDS.map((field, i) => (
          <NumberField
            key={field.name}
            id={`limit-${field.name}`}
            label={field.label}
            unit={field.unit}
            text={textOf(field)}
            problem={problems[i]}
            onText={(text) => setTyped({ ...typed, [field.name]: text })}
          />
        ))}
      </div>
      <Button
        testId="save-limits"
        blockedBy={
          problems.find((problem) => problem !== undefined) ?? (isChanged ? undefined : "Nothing was changed")
        }
        onPress={save}
      >
        Save limits
      </Button>
    </section>
  );
}
