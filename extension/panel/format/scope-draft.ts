/** A scope while a person edits it: groups of conditions, as the tree of core/mapping, with what was typed. */
import type {
  Scope,
  ScopeCondition,
  ScopeLiteral,
  ScopeOperator,
  ScopeParameter,
  ScopeTree,
  ScopeValue,
} from "../../../core/mapping/scope.ts";

export interface ConditionDraft {
  readonly column: string;
  readonly is: ScopeOperator;
  /** What was typed; unused where `parameter` is set. */
  readonly text: string;
  readonly parameter?: ScopeParameter;
}

/** How many of a group's parts have to hold. */
export type GroupRule = "all" | "any" | "none";

export interface GroupDraft {
  readonly of: GroupRule;
  readonly parts: readonly PartDraft[];
}

export type PartDraft = ConditionDraft | GroupDraft;

/** No condition at all: every row is in the scope. */
export const WHOLE_TABLE: GroupDraft = { of: "all", parts: [] };

export const NEW_CONDITION: ConditionDraft = { column: "", is: "=", text: "" };

export function isGroup(part: PartDraft): part is GroupDraft {
  return "parts" in part;
}

export function takesValue({ is }: Pick<ConditionDraft, "is">): boolean {
  return is !== "isNull" && is !== "isNotNull";
}

/** A text says what is missing; undefined is the whole table. */
export function scopeOfDraft(draft: GroupDraft): Scope | string | undefined {
  if (draft.parts.length === 0) return undefined;
  const parameters = new Parameters();
  const where = treeOf(draft, parameters);
  if (typeof where === "string") return where;
  return { where, ...(parameters.list.length === 0 ? {} : { parameters: parameters.list }) };
}

function treeOf(part: PartDraft, parameters: Parameters): ScopeTree | string {
  if (!isGroup(part)) return conditionOf(part, parameters);
  if (part.parts.length === 0) return "Put a condition into each group of the scope, or remove the group";
  const trees: ScopeTree[] = [];
  for (const each of part.parts) {
    const tree = treeOf(each, parameters);
    if (typeof tree === "string") return tree;
    trees.push(tree);
  }
  if (part.of === "all") return { and: trees };
  return part.of === "any" ? { or: trees } : { not: { or: trees } };
}

function conditionOf(draft: ConditionDraft, parameters: Parameters): ScopeCondition | string {
  const { column, is, text, parameter } = draft;
  if (column === "") return "Choose the column of each condition";
  if (!takesValue(draft)) return { column, is };
  if (parameter === undefined) return { column, is, value: literalOf(text) };
  return { column, is, value: { parameter: parameters.nameFor(parameter) } };
}

/** Two conditions may take different values for one column: each has a name of its own. */
class Parameters {
  readonly list: ScopeParameter[] = [];

  nameFor(parameter: ScopeParameter): string {
    const taken = new Set(this.list.map(({ name }) => name));
    let { name } = parameter;
    for (let n = 2; taken.has(name); n++) name = `${parameter.name}_${n}`;
    this.list.push({ ...parameter, name });
    return name;
  }
}

/** The draft that gives this scope. Of a negation of anything but an "or", the one that means the same. */
export function draftOfScope(scope: Scope | undefined): GroupDraft {
  if (scope === undefined) return WHOLE_TABLE;
  const parameters = new Map((scope.parameters ?? []).map((parameter) => [parameter.name, parameter]));
  const part = partOf(scope.where, parameters);
  return isGroup(part) ? part : { of: "all", parts: [part] };
}

function partOf(tree: ScopeTree, parameters: ReadonlyMap<string, ScopeParameter>): PartDraft {
  const partsOf = (trees: readonly ScopeTree[]) => trees.map((each) => partOf(each, parameters));
  if ("and" in tree) return { of: "all", parts: partsOf(tree.and) };
  if ("or" in tree) return { of: "any", parts: partsOf(tree.or) };
  if ("not" in tree) return { of: "none", parts: partsOf("or" in tree.not ? tree.not.or : [tree.not]) };
  const { column, is, value } = tree;
  if (value === undefined) return { column, is, text: "" };
  if (typeof value !== "object") return { column, is, text: textOf(value) };
  const parameter = parameters.get(value.parameter);
  return { column, is, text: "", ...(parameter === undefined ? {} : { parameter }) };
}

/** 5, true, or a text; a text in quotes is always one. */
function literalOf(text: string): ScopeLiteral {
  const trimmed = text.trim();
  if (trimmed === "true" || trimmed === "false") return trimmed === "true";
  if (trimmed !== "" && String(Number(trimmed)) === trimmed) return Number(trimmed);
  return /^".*"$/s.test(trimmed) ? trimmed.slice(1, -1) : text;
}

function textOf(literal: ScopeLiteral): string {
  if (typeof literal !== "string") return String(literal);
  return literalOf(literal) === literal ? literal : `"${literal}"`;
}

/** The condition as one line, such as `owner = "me" AND (price < 5 OR NOT (name is NULL))`. */
export function scopeWords({ where, parameters = [] }: Scope): string {
  const values = new Map(parameters.map(({ name, consented }) => [name, consented]));
  return wordsOf(where, (value) =>
    typeof value === "object" ? JSON.stringify(values.get(value.parameter)) : JSON.stringify(value),
  );
}

function wordsOf(tree: ScopeTree, valueWords: (value: ScopeValue) => string): string {
  const inner = (each: ScopeTree): string => {
    const words = wordsOf(each, valueWords);
    return ("and" in each && each.and.length > 1) || ("or" in each && each.or.length > 1)
      ? `(${words})`
      : words;
  };
  if ("and" in tree) return tree.and.map(inner).join(" AND ");
  if ("or" in tree) return tree.or.map(inner).join(" OR ");
  if ("not" in tree) return `NOT (${wordsOf(tree.not, valueWords)})`;
  const { column, is, value } = tree;
  if (is === "isNull") return `${column} is NULL`;
  if (is === "isNotNull") return `${column} is not NULL`;
  return `${column} ${is} ${value === undefined ? "…" : valueWords(value)}`;
}
