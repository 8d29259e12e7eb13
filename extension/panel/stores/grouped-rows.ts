/** The lines of a grouped list (heads, and the rows of open groups) without ever listing them. */

export interface Group<Kind extends string> {
  readonly kind: Kind;
  readonly count: number;
}

export type Line<Kind extends string> =
  /** `position` is that of the group's first row. */
  | { readonly is: "head"; readonly kind: Kind; readonly position: number; readonly open: boolean }
  /** `position` counts rows over all groups, closed ones too. */
  | { readonly is: "row"; readonly kind: Kind; readonly position: number };

export interface GroupedLines<Kind extends string> {
  readonly total: number;
  at(line: number): Line<Kind> | undefined;
  /** The line of a row, or of its group's head when the group is closed; -1 when there is no such row. */
  lineOf(position: number): number;
  /** How many rows all groups have together. */
  readonly rows: number;
  /** The row `steps` lines further, past the heads of open groups; a closed group is one step. */
  step(position: number, steps: number): number;
}

export function groupLines<Kind extends string>(
  groups: readonly Group<Kind>[],
  closed: ReadonlySet<Kind>,
): GroupedLines<Kind> {
  const starts: { kind: Kind; line: number; position: number; count: number; open: boolean }[] = [];
  let line = 0;
  let position = 0;
  for (const group of groups) {
    if (group.count === 0) continue;
    const open = !closed.has(group.kind);
    starts.push({ kind: group.kind, line, position, count: group.count, open });
    line += 1 + (open ? group.count : 0);
    position += group.count;
  }
  const total = line;
  const rows = position;
  const lines: GroupedLines<Kind> = {
    total,
    rows,
    at(index) {
      if (index < 0 || index >= total) return undefined;
      const group = starts.findLast((start) => start.line <= index);
      if (group === undefined) return undefined;
      if (index === group.line)
        return { is: "head", kind: group.kind, position: group.position, open: group.open };
      return { is: "row", kind: group.kind, position: group.position + index - group.line - 1 };
    },
    lineOf(wanted) {
      const group = starts.findLast((start) => start.position <= wanted);
      if (group === undefined || wanted >= group.position + group.count) return -1;
      return group.open ? group.line + 1 + wanted - group.position : group.line;
    },
    step(from, steps) {
      const direction = steps < 0 ? -1 : 1;
      let target = lines.lineOf(from) + steps;
      target = Math.max(0, Math.min(total - 1, target));
      for (const at of [target, target + direction, target - direction]) {
        const line = lines.at(at);
        if (line !== undefined && !(line.is === "head" && line.open)) return line.position;
      }
      return from;
    },
  };
  return lines;
}
