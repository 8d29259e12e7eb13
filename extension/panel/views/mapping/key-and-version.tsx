import { VERSION_MOVES, type VersionMove } from "../../../../core/mapping/columns-mapping.ts";
import { KEY_CONVERSION_NAMES } from "../../../../core/mapping/conversions.ts";
import type { TableDescription } from "../../../../core/mapping/table-description.ts";
import { Button } from "../../components/button.tsx";
import { CONVERSION_WORDS } from "../../format/conversion-words.ts";
import type { MappingDraft } from "../../format/mapping-draft.ts";
import { ColumnChoice } from "./column-choice.tsx";
import { Select } from "./select.tsx";

const KEY_CONVERSIONS = KEY_CONVERSION_NAMES.map((value) => ({ value, label: CONVERSION_WORDS[value] }));
const MOVES: Readonly<Record<VersionMove, string>> = {
  increment: "we add 1",
  uuid: "we put a new UUID",
  trigger: "a trigger moves it",
  clock: "we put the database’s time",
};

/** Which columns are the key, and which one tells versions apart. */
export function KeyAndVersion(props: {
  table: TableDescription;
  draft: MappingDraft;
  /** Of the store: fixes how many key columns there are. */
  keyPath: string | readonly string[] | null;
  onChange: (draft: MappingDraft) => void;
}) {
  const { table, draft, keyPath, onChange } = props;
  const names = table.columns.map(({ name }) => ({ value: name, label: name }));
  const paths = keyPath === null ? undefined : [keyPath].flat();
  return (
    <>
      <fieldset class="map-part" data-testid="key-columns">
        <legend>
          Key{" "}
          <span class="hint">
            {paths === undefined ? "of the records, kept outside of them" : `at ${paths.join(", ")}`}
          </span>
        </legend>
        {draft.key.map((part, at) => (
          <div class="map-line" key={at}>
            <Select
              label={`Key column ${at + 1}`}
              value={part.column}
              testId="key-column"
              options={[{ value: "", label: "choose a column" }, ...names]}
              onChange={(column) =>
                onChange({ ...draft, key: replaced(draft.key, at, { ...part, column, guessed: false }) })
              }
            />
            <Select
              label={`Conversion of key column ${at + 1}`}
              value={part.as as (typeof KEY_CONVERSION_NAMES)[number]}
              options={KEY_CONVERSIONS}
              onChange={(as) =>
                onChange({ ...draft, key: replaced(draft.key, at, { ...part, as, guessed: false }) })
              }
            />
            {part.guessed ? <span class="tag line">guessed</span> : null}
            {paths === undefined ? (
              <Button
                extra="mini"
                look="quiet"
                label={`Remove key column ${at + 1}`}
                onPress={() => onChange({ ...draft, key: draft.key.filter((_, i) => i !== at) })}
              >
                Remove
              </Button>
            ) : null}
          </div>
        ))}
        {paths === undefined ? (
          <Button
            extra="mini"
            onPress={() =>
              onChange({ ...draft, key: [...draft.key, { column: "", as: "text", guessed: false }] })
            }
          >
            Add a key column
          </Button>
        ) : null}
      </fieldset>
      <fieldset class="map-part">
        <legend>
          Version <span class="hint">how a write knows that nobody else wrote meanwhile</span>
        </legend>
        <div class="map-line">
          <ColumnChoice
            label="Version column"
            table={table}
            value={draft.versionColumn}
            none="none: all mapped columns"
            testId="version-column"
            onChange={(versionColumn) => onChange({ ...draft, versionColumn })}
          />
          {draft.versionColumn === "" ? null : (
            <Select
              label="How the version moves"
              value={draft.versionMoves}
              options={VERSION_MOVES.map((value) => ({ value, label: MOVES[value] }))}
              onChange={(versionMoves) => onChange({ ...draft, versionMoves })}
            />
          )}
        </div>
        {draft.versionColumn === "" ? (
          <p class="hint">
            A write expects what every mapped column held. Where its answer is lost, nobody can tell
            afterwards whether it applied.
          </p>
        ) : null}
      </fieldset>
    </>
  );
}

function replaced<Item>(list: readonly Item[], at: number, item: Item): Item[] {
  return list.map((each, i) => (i === at ? item : each));
}
