/** The child process of a Kafka connection: its materializations are SQLite, whose calls block and may end the process. */
import { serveBackend } from "../child/serve-backend.ts";
import { KafkaBackend } from "./kafka-backend.ts";
import { backendSettings, type ChildOptions } from "./kafka-settings.ts";

const options: ChildOptions = JSON.parse(process.argv[2] ?? "{}");
serveBackend(new KafkaBackend(backendSettings(options)));
