import { useEffect } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Glyph } from "../../components/icon.tsx";
import { bytes, plural } from "../../format/numbers.ts";
import { usePanel } from "../../stores/panel.ts";
import type { StorageInfo } from "../../worker/api.ts";
import { BaseList } from "./base-list.tsx";
import { LimitsForm } from "./limits-form.tsx";

/** What this browser remembers: how much, for how long, and how it goes. */
export function SettingsDialog() {
  const { memory, ui } = usePanel();
  const close = () => {
    ui.dialog.value = "none";
  };
  useEffect(() => void memory.refresh(), [memory]);
  const storage = memory.storage.value;
  const limits = memory.limits.value;
  const error = memory.error.value;
  return (
    <Dialog title="Settings" onClose={close}>
      <div class="settings" data-testid="settings-dialog">
        <section>
          <h3>Storage</h3>
          {storage === undefined ? <p class="muted">Reading what is kept.</p> : <StorageFacts {...storage} />}
        </section>
        {limits === undefined ? null : <LimitsForm key={JSON.stringify(limits)} limits={limits} />}
        <BridgeLimits />
        <BaseList />
        <div class="row" role="status" data-testid="settings-done">
          {memory.done.value === "" ? null : (
            <>
              <Glyph name="ok" tone="add" />
              <span>{memory.done.value}.</span>
            </>
          )}
        </div>
        {error === undefined ? null : (
          <div class="strip danger" role="alert" data-testid="settings-error" data-state={error.code}>
            <Glyph name="rej" tone="rem" />
            <span>{error.message}</span>
          </div>
        )}
      </div>
      <div class="dialog-foot">
        <span class="grow" />
        <Button onPress={close}>Close</Button>
      </div>
    </Dialog>
  );
}

function StorageFacts({ usage, quota, persisted, isPrivate }: StorageInfo) {
  return (
    <dl class="kv">
      <dt>Used here</dt>
      <dd data-testid="storage-used">
        {bytes(usage)} of {bytes(quota)} that the browser allows
      </dd>
      <dt>Kept</dt>
      <dd>
        {isPrivate
          ? "Until this private window closes: nothing of it is written to the disk. What you push is in the bridge’s journal."
          : persisted
            ? "The browser promised to keep it."
            : "The browser may delete it when the disk is nearly full; the next compare then has no base."}
      </dd>
    </dl>
  );
}

/** What the bridge's config file says about its half of every undo. */
function BridgeLimits() {
  const { bridge } = usePanel();
  const state = bridge.state.value;
  const undo =
    state.is === "ready" ? state.connections.find((one) => one.undo !== undefined)?.undo : undefined;
  if (undo === undefined) return null;
  return (
    <p class="hint">
      The bridge keeps its half of every undo for {plural(undo.days, "day")}, up to {bytes(undo.bytes)}:
      “journal” in its config file. What is gone on one side cannot be undone.
    </p>
  );
}
