import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ElementIdentity, MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { Refusal } from "../../components/refusal.tsx";
import { RowsEditor } from "../../components/rows-editor.tsx";
import { plural } from "../../format/numbers.ts";
import { formatPath, parsePath } from "../../format/path-input.ts";
import { scopeWords } from "../../format/scope-draft.ts";
import { usePanel } from "../../stores/panel.ts";
import type { MappingInfo } from "../../worker/api.ts";
import { type PolicyDraft, PolicyPicker, toPolicy } from "./policy-picker.tsx";
import { RemoveMapping } from "./remove-mapping.tsx";

/** What is settled about the mapping of the chosen store. */
export function MappingDialog() {
  const { bridge, ui } = usePanel();
  const [removing, setRemoving] = useState(false);
  const mapping = bridge.mapping.value;
  // What was refused in one of the two forms, or when it was open before, is not about the other.
  useLayoutEffect(() => {
    bridge.settingsError.value = undefined;
  }, [bridge, removing]);
  const close = () => {
    ui.dialog.value = "none";
  };
  const closeRemoved = () => {
    close();
    // What opened this went with the mapping.
    document.querySelector<HTMLElement>("#view .lone-box")?.focus({ preventScroll: true });
  };
  if (mapping === undefined) return null;
  return (
    <Dialog title={removing ? "Remove the mapping" : "Mapping"} onClose={close}>
      {removing ? (
        <RemoveMapping mapping={mapping} onKeep={close} onRemoved={closeRemoved} />
      ) : (
        <MappingForm mapping={mapping} onClose={close} onRemove={() => setRemoving(true)} />
      )}
    </Dialog>
  );
}

type Rows = readonly (readonly string[])[];

function MappingForm(props: { mapping: MappingInfo; onClose: () => void; onRemove: () => void }) {
  const { mapping, onClose } = props;
  const { bridge, sync, ui } = usePanel();
  const { settings } = mapping;
  const [policy, setPolicy] = useState<PolicyDraft>(draftOf(settings));
  const [identities, setIdentities] = useState<Rows>(
    (settings.identities ?? []).map(({ path, field }) => [formatPath(path), field]),
  );
  const [ignored, setIgnored] = useState<Rows>((settings.ignore ?? []).map((name) => [name]));
  const [collection, setCollection] = useState(`${mapping.collection}.2`);
  const [saving, setSaving] = useState(false);
  const state = bridge.state.value;
  const connections = state.is === "ready" ? state.connections : [];
  const functions = connections.find(({ name }) => name === mapping.connection)?.policies ?? [];
  const next = settingsFrom(settings, policy, identities, ignored);
  const startsAnew = typeof next !== "string" && !sameNames(next.ignore, settings.ignore);

  async function save(): Promise<void> {
    if (typeof next === "string") return;
    setSaving(true);
    const isSaved = await bridge.changeSettings(mapping.id, next, startsAnew ? collection.trim() : undefined);
    setSaving(false);
    if (!isSaved) return;
    onClose();
    if (startsAnew) sync.startAnew();
    else if (sync.summary.value !== undefined && next.policy !== undefined && next.policy.is !== "manual") {
      await sync.decideInBulk({ do: "propose", policy: next.policy, keepDecided: true }, "everything");
    }
  }

  const error = bridge.settingsError.value;
  const blockedBy = saving
    ? "Saving"
    : typeof next === "string"
      ? next
      : startsAnew && (collection.trim() === "" || collection.trim() === mapping.collection)
        ? "Name a new collection: the records of this one were compared with other fields"
        : undefined;
  return (
    <div class="mapping-form" data-testid="mapping-form">
      <PolicyPicker draft={policy} functions={functions} onChange={setPolicy} />
      <section>
        <h3>Lists merged by element</h3>
        <p class="hint">Elements are matched by a field of theirs; other lists are taken whole.</p>
        <RowsEditor
          label="Lists merged by element"
          testId="identities"
          columns={[
            { label: "List", placeholder: "order.lines" },
            { label: "Identity", placeholder: "sku" },
          ]}
          rows={identities}
          addLabel="Add a list"
          onChange={setIdentities}
        />
      </section>
      {settings.columns === undefined ? (
        <section>
          <h3>Ignored fields</h3>
          <p class="hint">
            Not compared, and kept as they are in the page. Records that are created lack them.
          </p>
          <RowsEditor
            label="Ignored fields"
            testId="ignored"
            columns={[{ label: "Field", placeholder: "lastSeen" }]}
            rows={ignored}
            addLabel="Add a field"
            onChange={setIgnored}
          />
        </section>
      ) : (
        <section>
          <h3>Table</h3>
          <p class="hint">
            {plural(settings.columns.fields.length, "field")} of{" "}
            <bdi class="mono">{settings.columns.table}</bdi>
            {settings.scope === undefined ? (
              ", all rows"
            ) : (
              <>
                , rows where <bdi class="mono">{scopeWords(settings.scope)}</bdi>
              </>
            )}
          </p>
          <Button
            testId="edit-table-mapping"
            onPress={() => {
              onClose();
              ui.mappingEdited.value = mapping.id;
            }}
          >
            <Icon name="edit" />
            Edit fields, key and scope…
          </Button>
        </section>
      )}
      {startsAnew ? (
        <NewCollection before={mapping.collection} name={collection} onName={setCollection} />
      ) : null}
      <Refusal error={error} />
      <div class="dialog-foot">
        <Button look="quiet" testId="remove-mapping" onPress={props.onRemove}>
          Remove mapping…
        </Button>
        <span class="grow" />
        <Button onPress={onClose}>Cancel</Button>
        <Button look="primary" testId="save-mapping" blockedBy={blockedBy} onPress={() => void save()}>
          {startsAnew ? "Save and start anew" : "Save"}
        </Button>
      </div>
    </div>
  );
}

/** Says what another projection means, and asks where its records go. */
function NewCollection(props: { before: string; name: string; onName: (name: string) => void }) {
  const note = useRef<HTMLDivElement>(null);
  // It is the reason for another button below: in a small panel it would stay out of sight.
  useEffect(() => note.current?.scrollIntoView({ block: "nearest" }), []);
  return (
    <div ref={note} class="note chg anew" role="status" data-testid="starts-anew">
      <Icon name="warn" />
      <div>
        <b>The base starts anew.</b> Records are compared by other fields than before, so nothing that is
        known of them holds. <bdi>{props.before}</bdi> stays as it is; they get a collection of their own,
        called:
        <label class="field">
          <span class="sr">Name of the new collection</span>
          <input
            data-testid="new-collection"
            spellcheck={false}
            value={props.name}
            onInput={(event) => props.onName(event.currentTarget.value)}
          />
        </label>
      </div>
    </div>
  );
}

function draftOf({ policy = { is: "manual" } }: MappingSettings): PolicyDraft {
  return {
    is: policy.is,
    field: policy.is === "newestWins" ? formatPath(policy.field) : "",
    name: policy.is === "custom" ? policy.name : "",
  };
}

/** The settings as they would be saved; a text says what is missing. */
function settingsFrom(
  before: MappingSettings,
  draft: PolicyDraft,
  identityRows: Rows,
  ignoredRows: Rows,
): MappingSettings | string {
  const policy = toPolicy(draft);
  if (policy === undefined) {
    return draft.is === "custom" ? "Choose a function" : "Name the field that tells which side is newer";
  }
  const identities: ElementIdentity[] = [];
  for (const [list = "", field = ""] of identityRows) {
    if (list.trim() === "" && field.trim() === "") continue;
    const path = parsePath(list);
    if (path === undefined || field === "") return "Each list needs its path and the field that identifies";
    identities.push({ path, field });
  }
  const ignore = [...new Set(ignoredRows.map(([name = ""]) => name).filter((name) => name !== ""))];
  const { ignore: _ignore, identities: _identities, ...others } = before;
  return {
    ...others,
    policy,
    ...(identities.length > 0 ? { identities } : {}),
    ...(ignore.length > 0 ? { ignore } : {}),
  };
}

function sameNames(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return JSON.stringify([...a].sort()) === JSON.stringify([...b].sort());
}
