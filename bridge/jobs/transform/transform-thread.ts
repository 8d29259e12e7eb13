/** Runs in a worker thread: loads a transform's module and asks its function about one row after the other. */
import { parentPort, workerData } from "node:worker_threads";
import { decodeKey } from "../../../core/key/decode-key.ts";
import { loadFunction, reasonOf } from "../../modules/load-function.ts";
import type { FromModule } from "../../modules/module-messages.ts";
import { plainRow } from "./project-record.ts";
import type { RowsToTransform, TransformedRows } from "./transform-messages.ts";

type TransformFunction = (row: unknown, key: unknown) => unknown;

const send = (message: FromModule<TransformedRows>): void => parentPort?.postMessage(message);

async function transformed(make: TransformFunction, { rows }: RowsToTransform): Promise<TransformedRows> {
  const lines: string[] = [];
  for (const [at, { key, row }] of rows.entries()) {
    try {
      const made = await make(JSON.parse(row), decodeKey(key));
      if (made !== undefined) lines.push(JSON.stringify(plainRow(made)));
    } catch (error) {
      return { unfit: at, reason: `the module: ${reasonOf(error)}` };
    }
  }
  return { lines };
}

const make = await loadFunction<TransformFunction>(workerData as string);
if (typeof make === "string") {
  send({ is: "unusable", reason: make });
} else {
  parentPort?.on("message", (asked: RowsToTransform) => {
    void transformed(make, asked).then((answer) => send({ is: "answer", answer }));
  });
  send({ is: "ready" });
}
