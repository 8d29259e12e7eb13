import { useState } from "preact/hooks";
import type { Policy } from "../../../../core/mapping/mapping-settings.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { count, plural } from "../../format/numbers.ts";
import { parsePath } from "../../format/path-input.ts";
import { kindCountsWords, sumOf } from "../../format/policy-words.ts";
import { usePanel } from "../../stores/panel.ts";
import type { ProposalChoice } from "../../stores/ui.ts";

const TITLES: Readonly<Record<ProposalChoice["is"], string>> = {
  newestWins: "Newest by a field",
  mergeFields: "Merge fields",
  custom: "Function",
};

const WORDS: Readonly<Record<ProposalChoice["is"], string>> = {
  newestWins:
    "The side whose field is later: a number, a Date, or an ISO 8601 text. A tie or anything else stays with you.",
  mergeFields:
    "What each side changed since the base, together. A field that both changed stays with you, with its record.",
  custom:
    "What the function of the bridge answers for each record. Where it gives no answer, it stays with you.",
};

/** Says how many of which kind a policy would be asked about, before it is. Nothing is written. */
export function ProposeDialog({ choice }: { choice: ProposalChoice }) {
  const { sync, ui } = usePanel();
  const [field, setField] = useState("");
  const [keepDecided, setKeepDecided] = useState(true);
  const path = parsePath(field);
  const reach = sync.reach.value;
  const all = reach === undefined ? 0 : sumOf(reach.forPolicy);
  const decided = reach === undefined ? 0 : sumOf(reach.decided);
  const asked = keepDecided ? all - decided : all;
  const others = (reach?.shown ?? 0) - all;
  const close = () => {
    ui.dialog.value = "none";
  };
  const policy = policyOf(choice, path);
  const blockedBy =
    policy === undefined ? "Name a field first" : asked === 0 ? "No record of the list is for it" : undefined;
  const propose = () => {
    if (policy === undefined || blockedBy !== undefined) return;
    close();
    void sync.decideInBulk({ do: "propose", policy, keepDecided });
  };
  return (
    <Dialog title={choice.is === "custom" ? `Function ${choice.name}` : TITLES[choice.is]} onClose={close}>
      <p class="muted">{WORDS[choice.is]}</p>
      {choice.is === "newestWins" ? (
        <label class="field">
          <span class="sr">Field that tells which side is newer</span>
          <input
            data-testid="newest-field"
            spellcheck={false}
            autocomplete="off"
            placeholder="updatedAt or meta.updatedAt"
            value={field}
            onInput={(event) => setField(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") propose();
            }}
          />
        </label>
      ) : null}
      <dl class="kv" data-testid="propose-reach" data-asked={asked}>
        <dt>Asked about</dt>
        <dd>{reach === undefined ? "counting" : kindCountsWords(reach.forPolicy)}</dd>
        {others > 0 ? (
          <>
            <dt>Not touched</dt>
            <dd>
              {plural(others, "other record")} of the list: one side alone changed{" "}
              {others === 1 ? "it" : "them"}, or nobody knows what may be written
            </dd>
          </>
        ) : null}
      </dl>
      {decided === 0 ? null : (
        <label class="pick">
          <input
            type="checkbox"
            data-testid="keep-decided"
            checked={keepDecided}
            onChange={(event) => setKeepDecided(event.currentTarget.checked)}
          />
          <span>
            Leave the {count(decided)} that you decided{" "}
            <span class="muted">{reach === undefined ? "" : kindCountsWords(reach.decided)}</span>
          </span>
        </label>
      )}
      <p class="muted">
        Proposals only, each with its reason: nothing is written, and they can be taken back.
      </p>
      <div class="dialog-foot">
        <span class="grow" />
        <Button onPress={close}>Cancel</Button>
        <Button look="primary" testId="propose" blockedBy={blockedBy} onPress={propose}>
          Propose for {plural(asked, "record")}
        </Button>
      </div>
    </Dialog>
  );
}

function policyOf(choice: ProposalChoice, path: readonly string[] | undefined): Policy | undefined {
  if (choice.is === "custom") return choice;
  if (choice.is === "mergeFields") return { is: "mergeFields" };
  return path === undefined ? undefined : { is: "newestWins", field: path };
}
