import { decodeValue } from "../../../core/codec/decode-value.ts";
import { toHex } from "../../../core/key/hex.ts";
import { isFieldObject } from "../../../core/mapping/record-paths.ts";
import { setField } from "../../../core/merge/plain-object.ts";
import type { WriteOperation } from "../../wire/requests.ts";
import { RealPlatform } from "./platform-factory.ts";
import { type WantedKey, wantedKey } from "./read-keys.ts";
import { reasonOf } from "./read-rows.ts";
import { blockedReason, maybeOpaque, type RecordDigester } from "./record-digester.ts";

export interface Rejected {
  readonly code: string;
  readonly reason: string;
}

/** A write that has passed every check which needs no transaction. Digests are hexadecimal. */
export interface PreparedWrite {
  readonly wanted: WantedKey;
  readonly expect: string | null;
  /** Absent: delete. */
  readonly put?: {
    readonly value: unknown;
    readonly digest: string;
    /** The value has what the mapping leaves out, too. */
    readonly isWhole?: boolean;
  };
}

export function rejected(code: string, reason: string): Rejected {
  return { code, reason };
}

/** Decodes the value and proves that it is the one that was meant: the digest is the plan's. */
export function prepareWrite(
  operation: WriteOperation,
  body: string,
  rest: string,
  digester: RecordDigester,
): PreparedWrite | Rejected {
  const { key, expect, digest } = operation;
  const wanted = wantedKey(key);
  if (digest === undefined) return { wanted, expect };
  try {
    const platform = new RealPlatform();
    const value = decodeValue(body, { platform });
    const blocked = maybeOpaque(body) ? blockedReason(value) : undefined;
    if (blocked !== undefined) return rejected("blocked", blocked);
    if (toHex(digester.digest(value, platform.bytesOf)) !== digest) {
      return rejected("digest-mismatch", "The record's text is not the record that the operation names.");
    }
    if (rest === "") return { wanted, expect, put: { value, digest } };
    return {
      wanted,
      expect,
      put: { value: withRest(value, decodeValue(rest, { platform })), digest, isWhole: true },
    };
  } catch (error) {
    return rejected("malformed-value", reasonOf(error));
  }
}

/** Both hold different properties, and objects on the way to them. */
function withRest(value: unknown, rest: unknown): unknown {
  if (!isFieldObject(value) || !isFieldObject(rest)) return value;
  for (const [name, left] of Object.entries(rest)) {
    setField(value, name, Object.hasOwn(value, name) ? withRest(value[name], left) : left);
  }
  return value;
}
