/** Apache Kafka: compacted topics as collections. */

import { fileURLToPath } from "node:url";
import { programUrl } from "../../process/program-url.ts";
import { ChildBackend } from "../child/child-backend.ts";
import { SupervisedChild } from "../child/child-process.ts";
import type { BackendKind } from "../registry.ts";
import { capabilitiesWith } from "./kafka-backend.ts";
import { backendSettings, type ChildOptions, kafkaSettings } from "./kafka-settings.ts";

const childPath = fileURLToPath(programUrl("backends/kafka/kafka-child.js"));

export const kafka: BackendKind<typeof kafkaSettings> = {
  settings: kafkaSettings,
  open(settings, configFolder, dataFolder) {
    const options: ChildOptions = { settings, configFolder, dataFolder };
    const what = `the connection to Kafka at ${settings.brokers.join(", ")}`;
    const child = new SupervisedChild(childPath, JSON.stringify(options), what);
    const { where, observed } = backendSettings(options);
    return new ChildBackend(child, capabilitiesWith(observed, where), { checks: true });
  },
  describe: ({ brokers, prefix }) => `${brokers.join(", ")}, topics ${prefix}.*`,
};
