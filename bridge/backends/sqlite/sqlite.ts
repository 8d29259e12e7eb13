/** SQLite, embedded: the default backend. */

import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { programUrl } from "../../process/program-url.ts";
import { defaultCapabilities } from "../backend.ts";
import { ChildBackend } from "../child/child-backend.ts";
import { SupervisedChild } from "../child/child-process.ts";
import type { BackendKind } from "../registry.ts";
import type { SqliteOptions } from "./sqlite-backend.ts";
import { tableCapabilities } from "./tables/sqlite-tables.ts";

const childPath = fileURLToPath(programUrl("backends/sqlite/sqlite-child.js"));

const settings = {
  file: v.pipe(
    v.string(),
    v.minLength(1, "expected the path of a file"),
    v.description("Path of the database file, from the folder of the config file; made when it is missing."),
  ),
};

export const sqlite: BackendKind<typeof settings> = {
  settings,
  open({ file }, configFolder) {
    const options: SqliteOptions = { file: resolve(configFolder, file) };
    const child = new SupervisedChild(childPath, JSON.stringify(options), options.file);
    return new ChildBackend(child, defaultCapabilities, { tables: tableCapabilities });
  },
  describe: ({ file }, configFolder) => resolve(configFolder, file),
};
