import { devtoolsHost } from "../platform/devtools-host.ts";
import { mountPanel } from "./app.tsx";
import { connectWorker } from "./worker/worker-client.ts";
import "./styles/index.css";

devtoolsHost.watchTheme((theme) => {
  document.documentElement.dataset.theme = theme;
});

const root = document.getElementById("panel");
if (root === null) throw new Error("panel.html has no #panel to draw into.");
mountPanel(root, connectWorker(devtoolsHost));
