import { fromHex } from "../../core/key/hex.ts";
import { AgentError } from "../wire/agent-error.ts";
import type { LostReason } from "../wire/engine-messages.ts";
import type { RecordedRequest, WatchedStore } from "../wire/requests.ts";
import { CheckedJson } from "./checked-json.ts";
import { type HostCall, NOT_THERE } from "./host-call.ts";

/** Where a reader is in a recording. */
export interface WatchPosition {
  /** Which recording. */
  readonly watch: string;
  readonly at: number;
}

export type WrittenKeys =
  | { readonly position: WatchPosition; readonly keys: readonly Uint8Array[] }
  | { readonly position: WatchPosition; readonly lost: LostReason }
  /** The recording is gone: the page was reloaded, or nobody called for longer than the lease. */
  | { readonly lost: "ended" };

const LOST: ReadonlySet<string> = new Set<LostReason>(["tooMany", "cleared", "upgraded", "deleted"]);

export interface WriteWatchOptions {
  readonly host: HostCall;
  readonly path: string;
  readonly id: string;
  readonly ask: (request: Omit<RecordedRequest, "target" | "op">, name: StoreName) => Promise<CheckedJson>;
  /** Called once, when it is over. */
  readonly onStop: () => void;
}

export interface StoreName {
  readonly bucket: string;
  readonly database: string;
  readonly store: string;
}

/** The record of a page's writes, in one frame's realm, from when it was begun until `stop` or the page's end. */
export class WriteWatch {
  readonly #options: WriteWatchOptions;
  #stopped = false;

  constructor(options: WriteWatchOptions) {
    this.#options = options;
  }

  /** The keys of committed transactions after a position of this watch; none: where it begins. @throws AgentError */
  async written(name: StoreName, after?: WatchPosition): Promise<WrittenKeys> {
    const { id, ask } = this.#options;
    if (this.#stopped || (after !== undefined && after.watch !== id)) return { lost: "ended" };
    const answer = await ask({ watch: id, since: after?.at ?? 0 }, name);
    const at = answer.at("at").optional((each) => each.count());
    if (at === undefined) return { lost: "ended" };
    const position = { watch: id, at };
    const lost = answer.at("lost").optional((each) => each.text());
    if (lost === undefined) return { position, keys: answer.at("keys").list().map(readKey) };
    return { position, lost: LOST.has(lost) ? (lost as LostReason) : "tooMany" };
  }

  /** How many keys are recorded, store by store; undefined once the recording is gone. @throws AgentError */
  async counts(): Promise<readonly WatchedStore[] | undefined> {
    const { host, path } = this.#options;
    const answer = await host.call(`V${path}\n`);
    if (answer === "?" || answer === NOT_THERE) return undefined;
    return CheckedJson.parse(answer)
      .list()
      .map((each) => ({
        database: each.at("database").text(),
        store: each.at("store").text(),
        keys: each.at("keys").count(),
      }));
  }

  /** Puts the page's functions back. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#options.onStop();
    const { host, path } = this.#options;
    // A page that is gone records nothing any more.
    await host.call(`N${path}\n`).catch(() => undefined);
  }
}

function readKey(json: CheckedJson): Uint8Array {
  try {
    return fromHex(json.text());
  } catch {
    throw new AgentError("malformed-answer", "A key in the page's record of its writes is no key.");
  }
}
