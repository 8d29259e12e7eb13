import { useRef, useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { age, bytes, count, fullTime, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { BaseInfo } from "../../worker/api.ts";

type Step = "discard" | "forget";

/** What is remembered of each mapping, of this page and of others. */
export function BaseList() {
  const { memory } = usePanel();
  const file = useRef<HTMLInputElement>(null);
  const bases = memory.bases.value;
  if (bases === undefined) return null;
  return (
    <section>
      <div class="row spread">
        <h3>Remembered mappings</h3>
        <Button
          testId="import-base"
          title="Reads a file that Export made, of the same store and collection"
          onPress={() => file.current?.click()}
        >
          Import a base…
        </Button>
        <input
          ref={file}
          type="file"
          hidden
          accept=".ndjson"
          data-testid="import-file"
          onChange={(event) => {
            const [chosen] = event.currentTarget.files ?? [];
            event.currentTarget.value = "";
            if (chosen !== undefined) void memory.importBase(chosen);
          }}
        />
      </div>
      {bases.length === 0 ? <p class="muted">Nothing yet: the first compare begins a base.</p> : null}
      <ul class="bases">
        {bases.map((base) => (
          <BaseItem key={base.id} base={base} />
        ))}
      </ul>
    </section>
  );
}

function BaseItem({ base }: { base: BaseInfo }) {
  const { memory } = usePanel();
  const [step, setStep] = useState<Step | undefined>(undefined);
  const isEmpty = base.entries === 0 && base.completeAt === undefined && base.problem === undefined;

  async function save(): Promise<void> {
    const blob = await memory.exportBase(base);
    if (blob !== undefined) saveAs(blob, `${base.store}.base.ndjson`);
  }

  return (
    <li
      class="base-item"
      data-testid="base-item"
      data-collection={base.collection}
      data-entries={base.entries}
    >
      <div class="row">
        <b class="trunc">
          <bdi>{base.store}</bdi> ⇄ <bdi>{base.collection}</bdi>
        </b>
        <span class="muted trunc" title={`${base.database} of ${base.storageKey}`}>
          <bdi>{base.database}</bdi> of <bdi>{base.storageKey}</bdi>
        </span>
      </div>
      <Facts base={base} />
      {base.problem === undefined ? null : (
        <p class="base-problem" role="alert">
          <Glyph name="rej" tone="rem" />
          <span>{base.problem.message}</span>
        </p>
      )}
      {step === undefined ? (
        <div class="row wrap">
          <Button
            testId="export-base"
            title="Saves the base as a file, one JSON object a line"
            blockedBy={isEmpty ? "There is no base yet" : undefined}
            onPress={() => void save()}
          >
            Export
          </Button>
          <Button
            testId="discard-base"
            title="Forgets what was known equal; history and undo stay"
            blockedBy={isEmpty ? "There is no base yet" : undefined}
            onPress={() => setStep("discard")}
          >
            Discard base…
          </Button>
          <Button
            testId="forget-base"
            look="quiet"
            title="Forgets the base and the history: nothing of it can be undone any more"
            onPress={() => setStep("forget")}
          >
            Forget all…
          </Button>
        </div>
      ) : (
        <Confirm
          base={base}
          step={step}
          onCancel={() => setStep(undefined)}
          onConfirm={() => {
            setStep(undefined);
            void (step === "discard" ? memory.discardBase(base) : memory.forgetBase(base));
          }}
        />
      )}
    </li>
  );
}

function Facts({ base }: { base: BaseInfo }) {
  const { completeAt, entries, entryBytes, bodyBytes, applies, journalBytes } = base;
  const facts = [
    `${plural(entries, "key")}, ${bytes(entryBytes)}`,
    `bodies ${bytes(bodyBytes)}`,
    `${applies === 1 ? "1 apply" : `${count(applies)} applies`}, ${bytes(journalBytes)}`,
  ];
  return (
    <p class="hint">
      <span title={completeAt === undefined ? undefined : fullTime(completeAt)}>
        {completeAt === undefined ? "no complete base" : `complete ${age(completeAt)}`}
      </span>
      {facts.map((fact) => ` · ${fact}`)}
    </p>
  );
}

const CONSEQUENCE: Readonly<Record<Step, string>> = {
  discard: "The next compare has no base: nothing tells then which side changed. History and undo stay.",
  forget: "Base and history go: what was applied can no longer be undone from here.",
};

/** It wants the store's name typed: what was known equal cannot be told from the two sides. */
function Confirm(props: { base: BaseInfo; step: Step; onCancel: () => void; onConfirm: () => void }) {
  const { base, step } = props;
  const [typed, setTyped] = useState("");
  const id = `confirm-base-${base.id}`;
  const isRight = typed === base.store;
  return (
    <div class="strip danger base-confirm">
      <p>{CONSEQUENCE[step]}</p>
      <div class="row wrap">
        <label for={id}>
          Type <bdi class="mono">{base.store}</bdi> to go on:
        </label>
        <span class={`field${isRight || base.store.startsWith(typed) ? "" : " bad"}`}>
          <input
            id={id}
            data-testid="confirm-base"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </span>
        <Button
          testId="confirm-base-go"
          look="danger"
          blockedBy={isRight ? undefined : `Type ${base.store} first`}
          onPress={props.onConfirm}
        >
          <Icon name="x" />
          {step === "discard" ? "Discard base" : "Forget all"}
        </Button>
        <Button onPress={props.onCancel}>Keep it</Button>
      </div>
    </div>
  );
}

function saveAs(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the bytes once it began.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
