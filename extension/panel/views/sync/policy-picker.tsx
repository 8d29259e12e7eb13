import type { Policy } from "../../../../core/mapping/mapping-settings.ts";
import { parsePath } from "../../format/path-input.ts";

/** A policy while it is chosen: its field may not be a path yet. */
export interface PolicyDraft {
  readonly is: Policy["is"];
  readonly field: string;
  readonly name: string;
}

/** Undefined while something is missing. */
export function toPolicy({ is, field, name }: PolicyDraft): Policy | undefined {
  if (is === "newestWins") {
    const path = parsePath(field);
    return path === undefined ? undefined : { is, field: path };
  }
  if (is === "custom") return name === "" ? undefined : { is, name };
  return { is };
}

const CHOICES: readonly { readonly is: Policy["is"]; readonly words: string; readonly note: string }[] = [
  { is: "manual", words: "Manual", note: "You decide every conflict" },
  { is: "localWins", words: "Local wins", note: "What is here is pushed" },
  { is: "remoteWins", words: "Remote wins", note: "What is there is pulled" },
  {
    is: "newestWins",
    words: "Newest wins",
    note: "By a field with a number, Date or ISO 8601 text; ties stay with you",
  },
  {
    is: "mergeFields",
    words: "Merge fields",
    note: "Three ways, where the base was kept; fields that both changed stay with you",
  },
  { is: "custom", words: "Function", note: "Of a module that the bridge’s configuration names" },
];

/** One of the policies, with what it needs to know. */
export function PolicyPicker(props: {
  draft: PolicyDraft;
  /** Functions that the bridge has. */
  functions: readonly string[];
  onChange: (draft: PolicyDraft) => void;
}) {
  const { draft, functions, onChange } = props;
  const isUnknown = draft.is === "custom" && draft.name !== "" && !functions.includes(draft.name);
  return (
    <fieldset class="picks policy">
      <legend>What proposes decisions for conflicts</legend>
      {CHOICES.filter(({ is }) => is !== "custom" || functions.length > 0 || draft.is === "custom").map(
        ({ is, words, note }) => (
          <div class="policy-choice" key={is}>
            <label class="pick">
              <input
                type="radio"
                name="policy"
                value={is}
                data-testid={`policy-${is}`}
                checked={draft.is === is}
                onChange={() =>
                  onChange({ ...draft, is, name: draft.name === "" ? (functions[0] ?? "") : draft.name })
                }
              />
              <span>
                {words} <span class="muted">{note}</span>
              </span>
            </label>
            {is === "newestWins" && draft.is === is ? (
              <label class="field policy-more">
                <span class="sr">Field that tells which side is newer</span>
                <input
                  data-testid="policy-field"
                  spellcheck={false}
                  autocomplete="off"
                  placeholder="updatedAt or meta.updatedAt"
                  value={draft.field}
                  onInput={(event) => onChange({ ...draft, field: event.currentTarget.value })}
                />
              </label>
            ) : null}
            {is === "custom" && draft.is === is ? (
              <label class="policy-more">
                <span class="sr">Function</span>
                <select
                  class="select"
                  data-testid="policy-function"
                  value={draft.name}
                  onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
                >
                  {[...functions, ...(isUnknown ? [draft.name] : [])].map((name) => (
                    <option key={name} value={name}>
                      {name}
                      {functions.includes(name) ? "" : " (not in the bridge’s configuration)"}
                    </option>
                  ))}
                </select>
              </label>
            ) : null}
          </div>
        ),
      )}
    </fieldset>
  );
}
