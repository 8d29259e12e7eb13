/** The panel as a plain page over a worker in memory: for fast work on the views. Serve it with the vite.config.ts beside. */
import { mountPanel } from "../../../extension/panel/app.tsx";
import "../../../extension/panel/styles/index.css";
import { FakeWorker } from "./fake-worker/fake-worker.ts";

const query = new URLSearchParams(location.search);
const flag = (name: string) => query.has(name);
const word = <T extends string>(name: string, otherwise: T): T => (query.get(name) as T | null) ?? otherwise;

document.documentElement.dataset.theme = word("theme", "light");
const root = document.getElementById("panel");
if (root === null) throw new Error("no #panel");
const worker = new FakeWorker({
  rows: Number(query.get("rows") ?? 12_480),
  drifts: Number(query.get("drifts") ?? 639),
  page: word("page", "ready"),
  bridge: word("bridge", "ready"),
  mapped: !flag("unmapped"),
  partial: flag("partial"),
  stopped: word("stopped", "no"),
  emptied: flag("emptied"),
  moving: flag("moving"),
  inSync: flag("in-sync"),
  surprises: Number(query.get("surprises") ?? 0),
  keep: word("keep", "inSync"),
  tells: flag("tells"),
  failCompare: flag("fail-compare"),
  drafts: word("drafts", "allowed"),
  away: flag("away"),
  slow: Number(query.get("slow") ?? 0),
});
mountPanel(root, worker);
