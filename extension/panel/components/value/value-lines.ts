/** A value as the visible lines of a tree, following what is open. */
import { childrenOf, hasChildren } from "../../format/value-children.ts";

export interface ValueLine {
  /** Path of child ids: names the line across redraws. */
  readonly id: string;
  readonly level: number;
  readonly label: string;
  readonly quiet: boolean;
  readonly content:
    | { readonly is: "value"; readonly value: unknown }
    | { readonly is: "note"; readonly text: string }
    | { readonly is: "range" }
    /** The value is one of its own ancestors. */
    | { readonly is: "cycle"; readonly label: string };
  readonly expandable: boolean;
  readonly open: boolean;
  readonly parent: string | undefined;
}

interface Ancestor {
  readonly value: object;
  readonly label: string;
}

/** The lines from top to bottom. `root` itself is line 0 only when it has no children to show instead. */
export function valueLines(root: unknown, open: ReadonlySet<string>): readonly ValueLine[] {
  if (!hasChildren(root)) {
    return [
      {
        id: "",
        level: 1,
        label: "value",
        quiet: true,
        content: { is: "value", value: root },
        expandable: false,
        open: false,
        parent: undefined,
      },
    ];
  }
  const lines: ValueLine[] = [];
  addChildren(root as object, undefined, "", 1, [{ value: root as object, label: "the record" }]);
  return lines;

  function addChildren(
    of: object,
    range: { from: number; to: number } | undefined,
    path: string,
    level: number,
    ancestors: readonly Ancestor[],
  ): void {
    for (const child of childrenOf(of, range)) {
      const id = `${path}/${child.id}`;
      const line = {
        id,
        level,
        label: child.label,
        quiet: child.quiet ?? false,
        parent: path === "" ? undefined : path,
      };
      const { content } = child;
      if (content.is === "note") {
        lines.push({ ...line, content, expandable: false, open: false });
      } else if (content.is === "range") {
        const isOpen = open.has(id);
        lines.push({ ...line, content: { is: "range" }, expandable: true, open: isOpen });
        if (isOpen) addChildren(of, content, id, level + 1, ancestors);
      } else {
        const { value } = content;
        const cycle = ancestors.find((ancestor) => ancestor.value === value);
        if (cycle !== undefined) {
          lines.push({
            ...line,
            content: { is: "cycle", label: cycle.label },
            expandable: false,
            open: false,
          });
          continue;
        }
        const expandable = hasChildren(value);
        const isOpen = expandable && open.has(id);
        lines.push({ ...line, content, expandable, open: isOpen });
        if (isOpen)
          addChildren(value as object, undefined, id, level + 1, [
            ...ancestors,
            { value: value as object, label: child.label },
          ]);
      }
    }
  }
}
