/** A policy function of the bridge, asked in parts that fit a frame. */
import type { CustomAnswer, CustomConflict, CustomPolicy } from "../../session/policy-custom.ts";
import { MAX_FRAME_BYTES, MAX_OPERATIONS_PER_FRAME, TARGET_WRITE_BYTES } from "../limits.ts";
import { packConflicts, unpackAnswers } from "../policy-columns.ts";
import { ProtocolError } from "../protocol-error.ts";
import type { BridgeConnection } from "./bridge-connection.ts";

/** A UTF-16 unit takes at most three bytes of UTF-8. */
const BYTES_A_UNIT = 3;
/** Of a frame, for everything but the conflict itself. */
const FRAME_ROOM = 4096;

export function bridgePolicy(connect: () => Promise<BridgeConnection>, policy: string): CustomPolicy {
  return async (conflicts, signal) => {
    const answers = new Array<CustomAnswer>(conflicts.length).fill(TOO_LARGE);
    for (const part of inParts(conflicts)) {
      const bridge = await connect();
      let at = 0;
      const asked = packConflicts(part.map((index) => conflicts[index] as CustomConflict));
      for await (const frame of bridge.stream({ t: "propose", policy, conflicts: asked }, signal)) {
        if (frame.t !== "answers") {
          throw new ProtocolError("malformed-frame", `The bridge answered "propose" with "${frame.t}".`);
        }
        for (const answer of unpackAnswers(frame.answers)) answers[part[at++] as number] = answer;
      }
      if (at !== part.length) {
        const message = `The policy "${policy}" answered ${at} of ${part.length} records: try again.`;
        throw new ProtocolError("incomplete", message);
      }
    }
    return answers;
  };
}

const TOO_LARGE: CustomAnswer = { undecided: "its versions are too large to be sent to the function" };

/** Indexes, in order; conflicts too large for any frame are in no part. */
function* inParts(conflicts: readonly CustomConflict[]): Generator<readonly number[]> {
  let part: number[] = [];
  let bytes = 0;
  for (const [index, conflict] of conflicts.entries()) {
    const weight = weightOf(conflict);
    if (weight > MAX_FRAME_BYTES - FRAME_ROOM) continue;
    const isFull = part.length === MAX_OPERATIONS_PER_FRAME || bytes + weight > TARGET_WRITE_BYTES;
    if (part.length > 0 && isFull) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(index);
    bytes += weight;
  }
  if (part.length > 0) yield part;
}

function weightOf({ key, base = "", local = "", remote = "" }: CustomConflict): number {
  return key.length + BYTES_A_UNIT * (base.length + local.length + remote.length) + 16;
}
