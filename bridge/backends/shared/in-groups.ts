/**
 * Items in their order, in groups for a request each.
 *
 * @param most Items of a group.
 * @param bytes Of a group; an item that is larger goes alone.
 */
export function inGroups<Item>(
  items: readonly Item[],
  { most, bytes }: { readonly most: number; readonly bytes: number },
  sizeOf: (item: Item) => number,
): Item[][] {
  const groups: Item[][] = [];
  let held = 0;
  for (const item of items) {
    const size = sizeOf(item);
    const last = groups.at(-1);
    held += size;
    if (last === undefined || last.length === most || held > bytes) {
      groups.push([item]);
      held = size;
    } else {
      last.push(item);
    }
  }
  return groups;
}
