/** The panel's worker: the parts that know nothing of a browser, with the browser's. */
import { AgentClient } from "../../../agent/client/agent-client.ts";
import type { BridgeSocketConstructor } from "../../../core/protocol/client/bridge-socket.ts";
import agentSource from "../../../dist/agent/page.js?raw";
import { LocalDatabase } from "../../local/local-database.ts";
import { webLocks } from "../../local/web-locks.ts";
import type { HostApi, HostEvents, WorkerEvents } from "./api.ts";
import { createPanelWorker, type OtherPanels } from "./panel-worker.ts";
import { RpcPeer } from "./rpc.ts";

const served = {};
const panel = new RpcPeer<HostApi, HostEvents, WorkerEvents>(self, served);

const channel = new BroadcastChannel("driftscope-kept");
const otherPanels: OtherPanels = {
  tell: () => channel.postMessage("changed"),
  onTold: (listener) => channel.addEventListener("message", listener),
};

const worker = createPanelWorker({
  host: panel.remote,
  emit: (name, value) => panel.emit(name, value),
  connectAgent: (evaluate) => AgentClient.connect(evaluate, { source: agentSource }),
  // Its handlers are typed for events with more in them than the bridge's client reads.
  WebSocket: WebSocket as BridgeSocketConstructor,
  database: new LocalDatabase(),
  locks: webLocks,
  otherPanels,
  estimateStorage: () => navigator.storage.estimate(),
  clock: Date.now,
});

// No message can have come in between: they wait for this script's end.
Object.assign(served, worker.api);
panel.on("navigated", ({ url }) => worker.navigated(url));
void worker.start();
