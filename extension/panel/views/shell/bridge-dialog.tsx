import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { usePanel } from "../../stores/panel.ts";
import type { BridgeState } from "../../worker/api.ts";
import { DraftEditor } from "../drafts/draft-editor.tsx";
import { UnservedDrafts } from "../drafts/unserved-drafts.tsx";
import { ConnectionFacts } from "./connection-facts.tsx";
import { CopyCommand } from "./copy-command.tsx";
import { PairingForm } from "./pairing-form.tsx";

/** Everything about the bridge in one place, reachable from the status bar; a connection is drafted in it, too. */
export function BridgeDialog() {
  const { drafts, ui } = usePanel();
  const draft = ui.draft.value;
  const hasDrafted = useRef(false);
  const close = () => {
    ui.dialog.value = "none";
  };
  const leaveDraft = () => {
    hasDrafted.current = true;
    drafts.error.value = undefined;
    ui.draft.value = undefined;
  };
  useEffect(() => leaveDraft, []);
  if (draft === undefined) {
    return (
      <Dialog title="Bridge" onClose={close}>
        <BridgeOverview hasDrafted={hasDrafted.current} onClose={close} />
      </Dialog>
    );
  }
  const title = draft.name === undefined ? "Draft a connection" : `Edit the draft ${draft.name}`;
  return (
    <Dialog title={title} onClose={leaveDraft}>
      <DraftEditor name={draft.name} onDone={leaveDraft} />
    </Dialog>
  );
}

function BridgeOverview({ hasDrafted, onClose }: { hasDrafted: boolean; onClose: () => void }) {
  const { bridge, drafts } = usePanel();
  const state = bridge.state.value;
  const isReady = state.is === "ready";
  useEffect(() => {
    if (isReady) void drafts.refresh();
  }, [drafts, isReady]);
  return (
    <>
      <BridgeFacts state={state} />
      {isReady ? null : (
        <>
          <p class="muted">
            Start a bridge in your project and paste the line that it prints. Looking at this page’s data
            works without one.
          </p>
          <CopyCommand command="npx driftscope bridge" />
          <PairingForm onPaired={onClose} />
        </>
      )}
      <div class="dialog-foot">
        {state.is === "not-running" || state.is === "refused" ? (
          <Button onPress={() => void bridge.reconnect()}>
            <Icon name="refresh" />
            Try now
          </Button>
        ) : null}
        {isReady ? <DraftButton takesFocus={hasDrafted} /> : null}
        {state.is === "not-paired" ? null : (
          <Button
            title="The panel forgets this bridge and its key. Mappings and their bases stay."
            onPress={() => void bridge.forget()}
          >
            Forget this bridge
          </Button>
        )}
        <span class="grow" />
        <Button onPress={onClose}>Close</Button>
      </div>
    </>
  );
}

/** @param takesFocus The person comes back from where it leads. */
function DraftButton({ takesFocus }: { takesFocus: boolean }) {
  const { ui } = usePanel();
  const place = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    if (takesFocus) place.current?.querySelector("button")?.focus();
  }, [takesFocus]);
  return (
    <span ref={place}>
      <Button
        testId="draft-connection"
        title="Name a server, test it, and read from it"
        onPress={() => {
          ui.draft.value = {};
        }}
      >
        Draft a connection…
      </Button>
    </span>
  );
}

function BridgeFacts({ state }: { state: BridgeState }) {
  switch (state.is) {
    case "not-paired":
      return <p>No bridge is paired with this panel.</p>;
    case "connecting":
      return <p>Connecting to 127.0.0.1:{state.port}.</p>;
    case "not-running":
      return <p>Nothing answers on 127.0.0.1:{state.port}.</p>;
    case "refused":
      return <p role="alert">{state.reason}</p>;
    case "ready":
      return (
        <dl class="kv">
          <dt>Address</dt>
          <dd class="mono">127.0.0.1:{state.port}</dd>
          <dt>Bridge</dt>
          <dd class="mono">
            <bdi>{state.bridgeId}</bdi>
          </dd>
          {state.latencyMs === undefined ? null : (
            <>
              <dt>Round trip</dt>
              <dd>{Math.round(state.latencyMs)} ms</dd>
            </>
          )}
          {state.connections.map((connection) => (
            <ConnectionFacts key={connection.name} connection={connection} />
          ))}
          <UnservedDrafts />
        </dl>
      );
  }
}
