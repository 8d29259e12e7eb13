/** Conflicts that a policy of the bridge is asked about, and what it answered, on the wire. */
import * as v from "valibot";
import type { CustomAnswer, CustomConflict } from "../session/policy-custom.ts";
import { MAX_OPERATIONS_PER_FRAME } from "./limits.ts";
import { ProtocolError } from "./protocol-error.ts";
import {
  BytesSchema,
  packBytes,
  packText,
  unpackBytes,
  unpackText,
  WireColumnSchema,
} from "./wire-column.ts";

const CountSchema = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MAX_OPERATIONS_PER_FRAME));

export const ConflictColumnsSchema = v.strictObject({
  count: CountSchema,
  keys: WireColumnSchema,
  /** Value texts; empty = there is none, which no value text is. */
  bases: WireColumnSchema,
  locals: WireColumnSchema,
  remotes: WireColumnSchema,
});
export type ConflictColumns = v.InferOutput<typeof ConflictColumnsSchema>;

export const AnswerColumnsSchema = v.strictObject({
  count: CountSchema,
  /** One of ANSWERS a conflict. */
  kinds: BytesSchema,
  /** The value text of a value, the reason of what was left undecided. */
  texts: WireColumnSchema,
});
export type AnswerColumns = v.InferOutput<typeof AnswerColumnsSchema>;

const ANSWERS = ["local", "remote", "value", "undecided"] as const;

export function packConflicts(conflicts: readonly CustomConflict[]): ConflictColumns {
  const texts = (of: (conflict: CustomConflict) => string | undefined) =>
    packText(conflicts.map((conflict) => of(conflict) ?? ""));
  return {
    count: conflicts.length,
    keys: packBytes(conflicts.map(({ key }) => key)),
    bases: texts(({ base }) => base),
    locals: texts(({ local }) => local),
    remotes: texts(({ remote }) => remote),
  };
}

/**
 * Keys are views of the frame.
 * @throws ProtocolError "malformed-frame"
 */
export function unpackConflicts(columns: ConflictColumns): CustomConflict[] {
  const { count } = columns;
  const texts = (column: ConflictColumns["bases"]) => unpackText(column, count);
  const [bases, locals, remotes] = [texts(columns.bases), texts(columns.locals), texts(columns.remotes)];
  return unpackBytes(columns.keys, count).map((key, i) => ({
    key,
    base: bases[i] || undefined,
    local: locals[i] || undefined,
    remote: remotes[i] || undefined,
  }));
}

/** What an answer weighs on the wire, about, in bytes. */
export function answerWeight(answer: CustomAnswer): number {
  return textOf(answer).length + 5;
}

export function packAnswers(answers: readonly CustomAnswer[]): AnswerColumns {
  return {
    count: answers.length,
    kinds: Uint8Array.from(answers, (answer) => ANSWERS.indexOf(kindOf(answer))),
    texts: packText(answers.map(textOf)),
  };
}

/** @throws ProtocolError "malformed-frame" */
export function unpackAnswers({ count, kinds, texts }: AnswerColumns): CustomAnswer[] {
  if (kinds.length !== count) {
    throw new ProtocolError("malformed-frame", "The columns of a list of answers differ in length");
  }
  return unpackText(texts, count).map((text, i): CustomAnswer => {
    const kind = ANSWERS[kinds[i] as number];
    switch (kind) {
      case "local":
      case "remote":
        return { take: kind };
      case "value":
        return { value: text };
      case "undecided":
        return { undecided: text };
      default:
        throw new ProtocolError("malformed-frame", "An answer is of an unknown kind");
    }
  });
}

function kindOf(answer: CustomAnswer): (typeof ANSWERS)[number] {
  if ("take" in answer) return answer.take;
  return "value" in answer ? "value" : "undecided";
}

function textOf(answer: CustomAnswer): string {
  if ("take" in answer) return "";
  return "value" in answer ? answer.value : answer.undecided;
}
