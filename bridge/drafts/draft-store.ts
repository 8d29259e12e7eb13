/** Drafts in the bridge's data folder, a file each, so that one which cannot be read is no loss of the others. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { type ConnectionDraft, ConnectionDraftSchema } from "../../core/protocol/connection-draft.ts";

const EXTENSION = ".json";
const FileSchema = v.pipe(v.string(), v.parseJson(), ConnectionDraftSchema);

export class DraftStore {
  readonly #folder: string;

  /** @param folder Made with the first draft. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** By their names; files that are not what this version writes are left out, and stay. */
  all(): ConnectionDraft[] {
    if (!existsSync(this.#folder)) return [];
    return readdirSync(this.#folder)
      .filter((file) => file.endsWith(EXTENSION))
      .sort()
      .map((file) => this.#read(file))
      .filter((draft) => draft !== undefined);
  }

  /** Whole or not at all. */
  keep(draft: ConnectionDraft): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const path = this.#path(draft.name);
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, `${JSON.stringify(draft, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  #read(file: string): ConnectionDraft | undefined {
    const parsed = v.safeParse(FileSchema, readFileSync(join(this.#folder, file), "utf8"));
    return parsed.success && file === `${parsed.output.name}${EXTENSION}` ? parsed.output : undefined;
  }

  /** Names of connections are names of files. */
  #path(name: string): string {
    return join(this.#folder, `${name}${EXTENSION}`);
  }
}
