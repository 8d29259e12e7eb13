import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { LostReason } from "../../wire/engine-messages.ts";
import type { Recorded, WatchedStore } from "../../wire/requests.ts";

/** Distinct keys that are kept of one store, and the hexadecimal digits of all kept keys. */
const MAX_KEYS = 20_000;
const MAX_DIGITS = 8_000_000;
/** Stores that are told about; all are recorded. */
const MAX_TOLD = 100;

interface StoreLog {
  readonly database: string;
  readonly store: string;
  /** The number of each key's last write. */
  readonly keys: Map<string, number>;
}

interface Loss {
  readonly at: number;
  readonly why: LostReason;
}

/**
 * The keys that the page wrote, numbered as they came. Readers keep the number up to which they know, so that
 * several can read, and one that failed can read again; nothing is taken out but by too many.
 */
export class RecordedWrites {
  readonly #logs = new Map<string, StoreLog>();
  /** By store, by database (one name) and for all (no name): what was written up to then is not known. */
  readonly #losses = new Map<string, Loss>();
  #watch: string | undefined;
  #at = 0;
  #digits = 0;

  begin(watch: string): void {
    this.#watch = watch;
    this.#logs.clear();
    this.#losses.clear();
    this.#digits = 0;
  }

  wrote(database: string, stores: readonly string[], keys: readonly unknown[]): void {
    for (let i = 0; i < keys.length; i++) {
      const store = stores[i] as string;
      let key: string;
      try {
        key = toHex(encodeKey(keys[i]));
      } catch {
        // Not a key that IndexedDB gives: the page made it up.
        this.lost("tooMany", database, store);
        continue;
      }
      this.#add(this.#logOf(database, store), key);
    }
  }

  lost(why: LostReason, ...names: string[]): void {
    this.#losses.set(JSON.stringify(names), { at: ++this.#at, why });
    for (const [name, log] of this.#logs) {
      if (names.every((part, i) => part === [log.database, log.store][i])) this.#forget(name, log);
    }
  }

  since(watch: string, database: string, store: string, since: number): Recorded {
    if (watch !== this.#watch) return { ended: true };
    for (const names of [[], [database], [database, store]]) {
      const loss = this.#losses.get(JSON.stringify(names));
      if (loss !== undefined && loss.at > since) return { at: this.#at, lost: loss.why };
    }
    const log = this.#logs.get(JSON.stringify([database, store]));
    const keys: string[] = [];
    for (const [key, at] of log?.keys ?? []) if (at > since) keys.push(key);
    return { at: this.#at, keys };
  }

  counts(): WatchedStore[] {
    return [...this.#logs.values()]
      .slice(0, MAX_TOLD)
      .map(({ database, store, keys }) => ({ database, store, keys: keys.size }));
  }

  #logOf(database: string, store: string): StoreLog {
    const name = JSON.stringify([database, store]);
    let log = this.#logs.get(name);
    if (log === undefined) {
      log = { database, store, keys: new Map() };
      this.#logs.set(name, log);
    }
    return log;
  }

  #add(log: StoreLog, key: string): void {
    if (!log.keys.has(key)) this.#digits += key.length;
    log.keys.set(key, ++this.#at);
    if (log.keys.size > MAX_KEYS) this.lost("tooMany", log.database, log.store);
    else if (this.#digits > MAX_DIGITS) this.lost("tooMany");
  }

  #forget(name: string, log: StoreLog): void {
    for (const key of log.keys.keys()) this.#digits -= key.length;
    this.#logs.delete(name);
  }
}
