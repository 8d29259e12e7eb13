/** One side of many drifts, by column: the objects of 100,000 drifts would take a hundred megabytes. */
import { DIGEST_BYTES } from "../../../../core/batch/entry-batch.ts";

const STATES = ["present", "deleted", "absent", "unreadable", "noBase", "notRepresentable"] as const;
type State = (typeof STATES)[number];

/** What local, remote and base have in common. */
export interface Side {
  readonly state: State;
  readonly digest?: Uint8Array;
  readonly token?: string;
  readonly reason?: string;
}

const MISSING = 255;

export class SideColumns {
  readonly #states: Uint8Array;
  readonly #digests: Uint8Array;
  readonly #hasDigest: Uint8Array;
  readonly #tokens: (string | undefined)[];
  readonly #reasons = new Map<number, string>();

  constructor(count: number) {
    this.#states = new Uint8Array(count).fill(MISSING);
    this.#digests = new Uint8Array(count * DIGEST_BYTES);
    this.#hasDigest = new Uint8Array(count);
    this.#tokens = new Array<string | undefined>(count).fill(undefined);
  }

  /** Undefined is kept as such: "no base entry". */
  set(index: number, side: Side | undefined): void {
    this.#states[index] = side === undefined ? MISSING : STATES.indexOf(side.state);
    this.#hasDigest[index] = side?.digest === undefined ? 0 : 1;
    if (side?.digest !== undefined) this.#digests.set(side.digest, index * DIGEST_BYTES);
    this.#tokens[index] = side?.token;
    if (side?.reason === undefined) this.#reasons.delete(index);
    else this.#reasons.set(index, side.reason);
  }

  get(index: number): Side | undefined {
    const state = STATES[this.#states[index] ?? MISSING];
    if (state === undefined) return undefined;
    const token = this.#tokens[index];
    const reason = this.#reasons.get(index);
    return {
      state,
      ...(this.#hasDigest[index] === 1
        ? { digest: this.#digests.slice(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES) }
        : {}),
      ...(token === undefined ? {} : { token }),
      ...(reason === undefined ? {} : { reason }),
    };
  }
}
