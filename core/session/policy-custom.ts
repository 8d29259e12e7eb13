/** What a policy function in a module is asked and answers; who runs it implements `CustomPolicy`. */
import { decodeValue } from "../codec/decode-value.ts";
import { inspectValue } from "../codec/inspect-value.ts";
import { equalBytes } from "../diff/equal-bytes.ts";
import { encodeKey } from "../key/encode-key.ts";
import { KeyError } from "../key/key.ts";
import { keyAtPath } from "../key/key-at-path.ts";
import type { Decision } from "./drift.ts";
import { mergeDecision } from "./merge-decision.ts";
import type { PolicyBodies } from "./policy-values.ts";
import type { StoreDescription } from "./ports.ts";
import { messageOf } from "./session-error.ts";

export interface CustomConflict extends PolicyBodies {
  readonly key: Uint8Array;
}

export type CustomAnswer =
  | { readonly take: "local" | "remote" }
  /** The value text of the record that both sides shall have. */
  | { readonly value: string }
  /** Why the function decided nothing about this record. */
  | { readonly undecided: string };

/** One answer for each conflict, in order. A function that throws or hangs answers `undecided`. */
export type CustomPolicy = (
  conflicts: readonly CustomConflict[],
  signal?: AbortSignal,
) => Promise<readonly CustomAnswer[]>;

/**
 * The record that a function gave, as a decision.
 *
 * @returns A text: why this store cannot hold it.
 */
export function decideCustomValue(
  body: string,
  key: Uint8Array,
  keyPath: StoreDescription["keyPath"],
): Decision | string {
  try {
    const value = decodeValue(body);
    const { opaque } = inspectValue(value);
    if (opaque.length > 0) return `its value holds what cannot be copied: ${opaque.join(", ")}`;
    if (keyPath !== null && !hasKey(value, key, keyPath)) {
      return `its value has another key at ${[keyPath].flat().join(", ") || "the key path"}`;
    }
    return mergeDecision(value);
  } catch (error) {
    return `its value cannot be stored: ${messageOf(error)}`;
  }
}

function hasKey(value: unknown, key: Uint8Array, keyPath: string | readonly string[]): boolean {
  try {
    return equalBytes(encodeKey(keyAtPath(value, keyPath)), key);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
