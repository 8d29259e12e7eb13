/** The table of collections: their meta records (decision 12). */
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";
import { BackendError } from "../backend-error.ts";
import { agreeOnMeta, decodeStoredMeta, notOurs } from "../shared/stored-meta.ts";
import type { Dialect } from "./dialects/dialect.ts";
import type { Answer, Questions } from "./questions.ts";

interface StoredCollection {
  readonly meta: CollectionMeta;
  /** Of the description: moves with every change. */
  readonly revision: number;
}

export class Collections {
  readonly #questions: Questions;
  readonly #dialect: Dialect;
  /** What was seen last: a question takes seconds, and whether a collection is still there is a part of each of them. */
  readonly #seen = new Map<string, CollectionMeta>();

  constructor(questions: Questions, dialect: Dialect) {
    this.#questions = questions;
    this.#dialect = dialect;
  }

  /** @param isLatest Also what was made a moment ago, elsewhere. */
  async find(name: string, isLatest: boolean): Promise<CollectionMeta | undefined> {
    const seen = isLatest ? undefined : this.#seen.get(name);
    return seen ?? (await this.#find(name))?.meta;
  }

  /** It was made anew, or is gone. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** As BackendCollection.init. */
  async init(name: string, init: CollectionInit): Promise<CollectionMeta> {
    // What a change answers is what is there after it.
    let answered: StoredCollection | undefined;
    const meta = await agreeOnMeta<StoredCollection>(name, init, {
      find: async () => {
        const known = answered ?? (await this.#find(name));
        answered = undefined;
        return known;
      },
      create: async (incarnation, text) => {
        const question = this.#dialect.makeCollection({ name, incarnation, init: text });
        answered = stored(name, await this.#questions.ask(question));
      },
      update: async ({ revision }, text) => {
        const question = this.#dialect.updateCollection(name, revision, text);
        answered = stored(name, await this.#questions.ask(question));
      },
    });
    this.#seen.set(name, meta);
    return meta;
  }

  async list(): Promise<{ name: string }[]> {
    const rows = await unlessMissing(() => this.#questions.ask(this.#dialect.listCollections()));
    return rows.map(([name]) => ({ name: String(name) }));
  }

  async #find(name: string): Promise<StoredCollection | undefined> {
    const found = stored(
      name,
      await unlessMissing(() => this.#questions.ask(this.#dialect.findCollection(name))),
    );
    if (found === undefined) this.#seen.delete(name);
    else this.#seen.set(name, found.meta);
    return found;
  }
}

/** @throws ProtocolError "newer-format", "corrupt" */
function stored(name: string, [row]: Answer): StoredCollection | undefined {
  if (row === undefined) return undefined;
  const [format, incarnation, init, revision, purgeWatermark, fenceEpoch] = row;
  if (typeof revision !== "number") throw notOurs(name);
  return {
    meta: decodeStoredMeta(name, { format, incarnation, init, purgeWatermark, fenceEpoch }),
    revision,
  };
}

/** Where nothing was made yet, nothing is there. */
async function unlessMissing(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof BackendError && error.code === "not-set-up") return [];
    throw error;
  }
}
