/** The child process of an SQLite connection. */
import { serveBackend } from "../child/serve-backend.ts";
import { SqliteBackend, type SqliteOptions } from "./sqlite-backend.ts";

const options: SqliteOptions = JSON.parse(process.argv[2] ?? "{}");
serveBackend(new SqliteBackend(options));
