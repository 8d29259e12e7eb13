/** Changes rows in the text of NDJSON and of JSON arrays; what is not changed stays to the letter. */

/** By columns, as JSON; undefined = NULL. */
export type JsonCells = ReadonlyMap<string, string | undefined>;

export interface TextEdits<Cells> {
  /** By the number of the row in its file, from 0. */
  readonly changed: ReadonlyMap<number, Cells | "delete">;
  readonly added: readonly Cells[];
}

export function editJsonLines(text: string, { changed, added }: TextEdits<JsonCells>): string {
  const lines = text.split("\n");
  const end = lines[0]?.endsWith("\r") === true ? "\r\n" : "\n";
  let row = 0;
  const kept = lines.flatMap((line) => {
    const edit = line.trim() === "" ? undefined : changed.get(row++);
    if (edit === undefined) return [line];
    return edit === "delete" ? [] : [editWithin(line, edit)];
  });
  const before = kept.join("\n");
  const isOpen = before !== "" && !before.endsWith("\n");
  return (
    (isOpen && added.length > 0 ? before + end : before) +
    added.map((cells) => objectOf(cells) + end).join("")
  );
}

export function editJsonArray(text: string, { changed, added }: TextEdits<JsonCells>): string {
  const { head, elements, tail } = elementsIn(text);
  const kept = elements.flatMap((element, row) => {
    const edit = changed.get(row);
    if (edit === undefined) return [element];
    return edit === "delete" ? [] : [editWithin(element, edit)];
  });
  // What stands before an element, as a line break, stands before a new one too.
  const lead = /^\s*/.exec(elements[0] ?? "")?.[0] ?? "";
  const end = /\s*$/.exec(elements.at(-1) ?? "")?.[0] ?? "";
  const all = [...kept.map((element) => element.trimEnd()), ...added.map((cells) => lead + objectOf(cells))];
  return `${head}${all.join(",")}${all.length === 0 ? "" : end}${tail}`;
}

function editWithin(text: string, cells: JsonCells): string {
  const [, lead = "", object = "", end = ""] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  return lead + editObject(object, cells) + end;
}

function editObject(text: string, cells: JsonCells): string {
  // Of several members of a name the last one counts.
  const members = new Map(membersOf(text).map((member) => [member.name, member]));
  const changes = Array.from(cells, ([name, json]) => ({ name, json, member: members.get(name) }));
  let edited = text;
  const inPlace = changes.flatMap(({ json, member }) => (member === undefined ? [] : [{ json, ...member }]));
  for (const { json, start, end } of inPlace.sort((a, b) => b.start - a.start)) {
    edited = edited.slice(0, start) + (json ?? "null") + edited.slice(end);
  }
  const more = changes.flatMap(({ name, json, member }) =>
    member === undefined && json !== undefined ? [`${JSON.stringify(name)}:${json}`] : [],
  );
  if (more.length === 0) return edited;
  const body = edited.slice(0, -1).trimEnd();
  return `${body}${members.size === 0 ? "" : ","}${more.join(",")}}`;
}

const objectOf = (cells: JsonCells): string => editObject("{}", cells);

interface Member {
  readonly name: string;
  /** Of its value. */
  readonly start: number;
  readonly end: number;
}

/** @param text An object of JSON. */
function membersOf(text: string): Member[] {
  const members: Member[] = [];
  for (let at = 1; ; ) {
    at = behindBlanks(text, at);
    if (text[at] !== '"') return members;
    const nameEnd = behindString(text, at);
    const name = JSON.parse(text.slice(at, nameEnd)) as string;
    const start = behindBlanks(text, behindBlanks(text, nameEnd) + 1);
    const limit = behindValue(text, start);
    members.push({ name, start, end: start + text.slice(start, limit).trimEnd().length });
    at = limit + 1;
  }
}

function elementsIn(text: string): { head: string; elements: string[]; tail: string } {
  const first = text.indexOf("[") + 1;
  const elements: string[] = [];
  for (let at = first; ; ) {
    const end = behindValue(text, at);
    elements.push(text.slice(at, end));
    if (text[end] === ",") at = end + 1;
    else {
      const isEmpty = elements.length === 1 && elements[0]?.trim() === "";
      const head = text.slice(0, first);
      return isEmpty
        ? { head, elements: [], tail: text.slice(first) }
        : { head, elements, tail: text.slice(end) };
    }
  }
}

function behindBlanks(text: string, from: number): number {
  let at = from;
  while (/\s/.test(text[at] ?? "")) at++;
  return at;
}

/** @param from Where its quote is. */
function behindString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

/** Where the comma or bracket is that ends it. */
function behindValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const character = text[at];
    if (character === '"') at = behindString(text, at) - 1;
    else if (character === "{" || character === "[") depth++;
    else if (character === "}" || character === "]") {
      if (depth === 0) return at;
      depth--;
    } else if (character === "," && depth === 0) return at;
  }
  return text.length;
}
