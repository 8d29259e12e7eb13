import { useState } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import { ValueTree } from "../../components/value/value-tree.tsx";
import { copyText } from "../../format/copy-text.ts";
import { keyText } from "../../format/key-text.ts";
import { formatNotation } from "../../format/notation/format-notation.ts";
import { bytes } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { RecordState } from "../../stores/records.ts";
import { LastConfirmation } from "../keep/last-confirmation.tsx";

/** The record under the grid's cursor, whole. */
export function RecordDetail() {
  const { records, page } = usePanel();
  const state = records.record.value;
  const keyPath = page.chosen.value?.description.keyPath;
  if (state.is === "none")
    return (
      <section class="pane" aria-label="Record" data-pane data-testid="record-detail">
        <div class="rec-head">
          <span class="muted">No record</span>
        </div>
      </section>
    );
  const key = keyText(state.row.key);
  return (
    <section class="pane" aria-label={`Record ${key.text}`} data-pane data-testid="record-detail">
      <div class="rec-head">
        <b class="mono trunc" title={`${key.text} (${key.type})`}>
          <bdi>{key.text}</bdi>
        </b>
        <span class="muted nowrap">{sizeOf(state)}</span>
        <span class="grow" />
        <CopyRecord state={state} />
      </div>
      <LastConfirmation recordKey={state.row.key} />
      <RecordBody state={state} {...(typeof keyPath === "string" ? { keyPath } : {})} />
    </section>
  );
}

function sizeOf(state: RecordState): string {
  if (state.is !== "ready") return "";
  const { body } = state.record;
  return body === undefined ? "" : `about ${bytes(body.length)}`;
}

function CopyRecord({ state }: { state: RecordState }) {
  const [copied, setCopied] = useState<Uint8Array | undefined>(undefined);
  const value = state.is === "ready" && state.value.is === "value" ? state.value : undefined;
  const key = state.is === "ready" ? state.row.key : undefined;
  const done = copied !== undefined && copied === key;
  return (
    <Button
      icon
      look="quiet"
      label={done ? "Copied" : "Copy the record as text"}
      blockedBy={value === undefined ? "There is no value to copy" : undefined}
      onPress={() => {
        if (value !== undefined && copyText(formatNotation(value.value).text)) setCopied(key);
      }}
    >
      <Icon name={done ? "check" : "copy"} />
    </Button>
  );
}

function RecordBody({ state, keyPath }: { state: Exclude<RecordState, { is: "none" }>; keyPath?: string }) {
  if (state.is === "loading")
    return (
      <p class="hint pad" role="status">
        Reading the record
      </p>
    );
  if (state.is === "error")
    return (
      <p class="field-problem pad" role="alert">
        <Icon name="err" small />
        {state.error.message}
      </p>
    );
  const { value, record } = state;
  if (value.is === "unreadable")
    return (
      <p class="field-problem pad" data-testid="unreadable">
        <Icon name="err" small />
        This record cannot be read: {value.reason} It is never written.
      </p>
    );
  if (value.is !== "value")
    return (
      <p class="hint pad">
        {value.is === "absent" ? "The record is gone." : `${bytes(value.size)}: larger than the panel reads.`}
      </p>
    );
  return (
    <>
      {record.blocked === undefined ? null : (
        <p class="note warn">
          <Icon name="lock" />
          <span>{record.blocked}</span>
        </p>
      )}
      <ValueTree
        value={value.value}
        label={`Record ${keyText(state.row.key).text}`}
        {...(keyPath === undefined ? {} : { keyPath })}
      />
    </>
  );
}
