import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import type { TableDescription, TableList } from "../../../../core/mapping/table-description.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import {
  draftOfSettings,
  isSameBase,
  type MappingDraft,
  proposeDraft,
  type SampledStore,
  settingsOfDraft,
} from "../../format/mapping-draft.ts";
import { count } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { TableToMap } from "../../stores/ui.ts";
import { asWorkerError } from "../../stores/worker-port.ts";
import type { MappingInfo, MappingPreview, StoreRef } from "../../worker/api.ts";
import { FieldTable } from "./field-table.tsx";
import { KeyAndVersion } from "./key-and-version.tsx";
import { PreviewTables } from "./preview-tables.tsx";
import { ScopeEditor } from "./scope-editor.tsx";
import { Select } from "./select.tsx";

/** Milliseconds without another edit before the preview is read anew. */
const PREVIEW_DELAY = 300;

/**
 * Maps the chosen store to an existing table, column by column, or changes a mapping to one. Nothing is made or
 * changed before Save.
 *
 * @param mapping The one that is changed.
 */
export function MappingEditor(props: TableToMap & { mapping?: MappingInfo }) {
  const { connection, mapping, proposal } = props;
  const isGiven = mapping !== undefined || props.table !== undefined;
  const before = mapping?.settings;
  const { page, ui, bridge, worker, sync } = usePanel();
  const chosen = page.chosen.value;
  const ref = chosen?.ref;
  const keyPath = chosen?.description.keyPath ?? null;
  const [list, setList] = useState<TableList | undefined>();
  const [table, setTable] = useState<TableDescription | undefined>();
  const [draft, setDraft] = useState<MappingDraft | undefined>();
  const [problem, setProblem] = useState<string | undefined>();
  const [saving, setSaving] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);

  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    const given = before?.columns?.table ?? props.table;
    if (given !== undefined) void choose(given);
    else worker.api.tables(connection).then(setList, (thrown) => setProblem(asWorkerError(thrown).message));
  }, [connection]);

  async function choose(name: string): Promise<void> {
    if (ref === undefined || name === "") return;
    setProblem(undefined);
    try {
      const [described, sampled] = await Promise.all([
        worker.api.describeTable(connection, name),
        sampleStore(worker, ref, keyPath),
      ]);
      setTable(described);
      const { columns, scope } = before ?? proposal?.settings ?? {};
      setDraft(
        columns === undefined ? proposeDraft(described, sampled) : draftOfSettings(columns, scope, sampled),
      );
    } catch (thrown) {
      setProblem(asWorkerError(thrown).message);
    }
  }

  const settings = useMemo(
    () => (draft === undefined ? undefined : settingsOfDraft(draft, before)),
    [draft, before],
  );
  const { preview, previewProblem } = usePreview(ref, connection, settings);
  const close = (): void => {
    ui.mappingTo.value = undefined;
    ui.mappingEdited.value = undefined;
  };
  const startsAnew = before !== undefined && typeof settings === "object" && !isSameBase(settings, before);

  async function save(): Promise<void> {
    if (ref === undefined || settings === undefined || typeof settings === "string") return;
    setSaving(true);
    try {
      if (mapping === undefined) await worker.api.createTableMapping(ref, connection, settings);
      else await worker.api.changeSettings(mapping.id, settings);
      await bridge.readMappings();
      close();
      sync.startAnew();
    } catch (thrown) {
      setProblem(asWorkerError(thrown).message);
    } finally {
      setSaving(false);
    }
  }

  const blockedBy = saving
    ? "Saving"
    : settings === undefined
      ? "Choose a table first"
      : typeof settings === "string"
        ? settings
        : (previewProblem ?? (preview === undefined ? "When the preview is read" : undefined));
  return (
    <div
      class="view mapping"
      id="view"
      role="tabpanel"
      aria-labelledby="tab-sync"
      data-testid="mapping-editor"
    >
      <div class="maphead" data-pane>
        <h1 ref={heading} tabIndex={-1} class="map-title">
          {mapping === undefined ? (
            <>
              Map <bdi class="mono">{ref?.store}</bdi> to{" "}
              {props.table === undefined ? (
                "an existing table of "
              ) : (
                <>
                  <bdi class="mono">{props.table}</bdi> in{" "}
                </>
              )}
              <bdi>{connection}</bdi>
            </>
          ) : (
            <>
              Mapping of <bdi class="mono">{ref?.store}</bdi> to <bdi class="mono">{mapping.collection}</bdi>{" "}
              in <bdi>{connection}</bdi>
            </>
          )}
        </h1>
        <div class="acts">
          <Button testId="cancel-mapping" onPress={close}>
            Cancel
          </Button>
          <Button
            look="primary"
            testId="save-table-mapping"
            blockedBy={blockedBy}
            onPress={() => void save()}
          >
            {startsAnew ? "Save and start anew" : mapping === undefined ? "Save mapping" : "Save"}
          </Button>
        </div>
      </div>
      <div class="scroll map-body" data-pane>
        {isGiven ? null : (
          <TableChoice list={list} chosen={table?.name ?? ""} onChoose={(name) => void choose(name)} />
        )}
        {mapping === undefined ? null : <BaseNote startsAnew={startsAnew} />}
        {proposal === undefined ? null : (
          <p class="hint" data-testid="mapping-proposal">
            As the bridge’s config file has it for {proposal.by}. It is checked against both sides below.
          </p>
        )}
        {problem === undefined ? null : (
          <p class="field-problem" role="alert">
            <Icon name="err" small />
            {problem}
          </p>
        )}
        {table === undefined || draft === undefined ? null : (
          <>
            <FieldTable
              table={table}
              fields={draft.fields}
              onChange={(fields) => setDraft({ ...draft, fields })}
            />
            <KeyAndVersion table={table} draft={draft} keyPath={keyPath} onChange={setDraft} />
            <ScopeEditor
              table={table}
              scope={draft.scope}
              onChange={(scope) => setDraft({ ...draft, scope })}
            />
            <p class="field-problem" role="status" data-testid="mapping-problem">
              {typeof settings === "string" ? settings : (previewProblem ?? "")}
            </p>
            {preview?.readOnly === undefined ? null : (
              <p class="note band tone-chg" data-testid="mapping-read-only">
                <Icon name="lock" />
                {preview.readOnly}
              </p>
            )}
            {preview?.reads === undefined ? null : (
              <p class="hint" data-testid="mapping-reads">
                A compare reads {preview.reads}.
              </p>
            )}
            {preview === undefined ? null : <PreviewTables preview={preview} />}
          </>
        )}
      </div>
    </div>
  );
}

/** What the edit means for what is known of both sides. */
function BaseNote({ startsAnew }: { startsAnew: boolean }) {
  return (
    <div
      class={`note band ${startsAnew ? "tone-chg" : "tone-acc"}`}
      role="status"
      data-testid="base-note"
      data-anew={startsAnew}
    >
      <Icon name={startsAnew ? "warn" : "base"} />
      {startsAnew ? (
        <div class="band-text">
          <b>The base starts anew.</b> Other fields, another key or another part of the table are compared, so
          nothing that is known of the records holds. The base of before and its history are kept until you
          discard them in Settings, and count again when the mapping is as it was.
        </div>
      ) : (
        <div class="band-text">
          The same fields, key and scope are compared as before: the base and its history stay.
        </div>
      )}
    </div>
  );
}

function TableChoice(props: {
  list: TableList | undefined;
  chosen: string;
  onChoose: (name: string) => void;
}) {
  const { list } = props;
  if (list === undefined) return <p class="hint">Reading the tables</p>;
  if (list.tables.length === 0) {
    return (
      <p class="hint" data-testid="no-tables">
        {list.notAllowed === 0
          ? "This database has no tables."
          : `The bridge’s configuration allows none of the ${count(list.notAllowed)} tables: add "tables": ["NAME"] to the connection in driftscope.config.json, and start the bridge again.`}
      </p>
    );
  }
  return (
    <div class="map-line">
      <Select
        label="Table"
        value={props.chosen}
        testId="table"
        options={[
          { value: "", label: "choose a table" },
          ...list.tables.map(({ name, isView, rows }) => ({
            value: name,
            label: `${name}${isView ? " (view)" : rows === undefined ? "" : ` (~${count(rows)} rows)`}`,
          })),
        ]}
        onChange={props.onChoose}
      />
      {list.notAllowed === 0 ? null : (
        <span class="hint">{count(list.notAllowed)} more are not allowed by the bridge’s configuration</span>
      )}
    </div>
  );
}

const SAMPLES = 20;

async function sampleStore(
  worker: ReturnType<typeof usePanel>["worker"],
  ref: StoreRef,
  keyPath: string | readonly string[] | null,
): Promise<SampledStore> {
  const { rows } = await worker.api.rows({ ref, offset: 0, limit: SAMPLES });
  const records = rows.flatMap(({ body }) => (body === undefined ? [] : [decodeValue(body)]));
  return { keyPath, records };
}

/** Read again a moment after each edit; an answer that comes too late is dropped. */
function usePreview(
  ref: StoreRef | undefined,
  connection: string,
  settings: ReturnType<typeof settingsOfDraft> | undefined,
): { readonly preview: MappingPreview | undefined; readonly previewProblem: string | undefined } {
  const { worker } = usePanel();
  const [preview, setPreview] = useState<MappingPreview | undefined>();
  const [previewProblem, setProblem] = useState<string | undefined>();
  const text = JSON.stringify(settings);
  useEffect(() => {
    let isCurrent = true;
    setPreview(undefined);
    setProblem(undefined);
    if (ref === undefined || settings === undefined || typeof settings === "string") return;
    const timer = setTimeout(() => {
      worker.api.previewMapping(ref, connection, settings).then(
        (read) => {
          if (isCurrent) setPreview(read);
        },
        (thrown) => {
          if (isCurrent) setProblem(asWorkerError(thrown).message);
        },
      );
    }, PREVIEW_DELAY);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [text, connection]);
  return { preview, previewProblem };
}
