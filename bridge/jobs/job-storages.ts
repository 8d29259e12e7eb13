/** Which storage an input or an output lies in. */
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { type DatasetPlace, type DatasetStorage, openDatasetStorage } from "../backends/registry.ts";
import type { JobInputConfig, JobOutputConfig } from "../config/jobs-schema.ts";
import type { Config } from "../config/load-config.ts";
import { FolderStorage } from "./folder-storage.ts";
import type { JobStorage } from "./job-storage.ts";

type Place = JobInputConfig | JobOutputConfig;

export class JobStorages {
  readonly #folders: FolderStorage;
  readonly #config: Pick<Config, "connections" | "folder">;
  readonly #datasets = new Map<string, DatasetStorage | undefined>();

  constructor(config: Pick<Config, "connections" | "folder">) {
    this.#config = config;
    this.#folders = new FolderStorage(config.folder);
  }

  /** It is only ever given places of its own. @throws ProtocolError "unsupported" */
  of(place: Place): JobStorage<Place, Place> {
    const storage = "folder" in place ? this.#folders : this.#ofConnection(place.connection);
    if (storage !== undefined) return storage as unknown as JobStorage<Place, Place>;
    const { connection } = place as DatasetPlace;
    throw new ProtocolError(
      "unsupported",
      `The connection "${connection}" holds no datasets that jobs can read or write: name a folder, or a connection whose backend does.`,
    );
  }

  #ofConnection(name: string): DatasetStorage | undefined {
    if (!this.#datasets.has(name)) {
      const { connections, folder } = this.#config;
      const config = Object.hasOwn(connections, name) ? connections[name] : undefined;
      this.#datasets.set(name, config && openDatasetStorage(config, folder));
    }
    return this.#datasets.get(name);
  }

  /** What no two runs may write at the same time. */
  nameOf(output: JobOutputConfig): string {
    return `${"folder" in output ? "folder" : output.connection}: ${this.of(output).describe(output)}`;
  }
}
