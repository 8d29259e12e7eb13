import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { Icon } from "../../components/icon.tsx";
import { usePanel } from "../../stores/panel.ts";
import type { BridgeState } from "../../worker/api.ts";
import { ConnectionFacts } from "./connection-facts.tsx";
import { CopyCommand } from "./copy-command.tsx";
import { PairingForm } from "./pairing-form.tsx";

/** Everything about the bridge in one place, reachable from the status bar. */
export function BridgeDialog() {
  const { bridge, ui } = usePanel();
  const state = bridge.state.value;
  const close = () => {
    ui.dialog.value = "none";
  };
  return (
    <Dialog title="Bridge" onClose={close}>
      <BridgeFacts state={state} />
      {state.is === "ready" ? null : (
        <>
          <p class="muted">
            Start a bridge in your project and paste the line that it prints. Looking at this page’s data
            works without one.
          </p>
          <CopyCommand command="npx driftscope bridge" />
          <PairingForm onPaired={close} />
        </>
      )}
      <div class="dialog-foot">
        {state.is === "not-running" || state.is === "refused" ? (
          <Button onPress={() => void bridge.reconnect()}>
            <Icon name="refresh" />
            Try now
          </Button>
        ) : null}
        {state.is === "not-paired" ? null : (
          <Button
            title="The panel forgets this bridge and its key. Mappings and their bases stay."
            onPress={() => void bridge.forget()}
          >
            Forget this bridge
          </Button>
        )}
        <span class="grow" />
        <Button onPress={close}>Close</Button>
      </div>
    </Dialog>
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
        </dl>
      );
  }
}
