/** Arrays whose elements have an identity, and the order in which two versions of one come together. */
import type { ElementId } from "./merge-path.ts";
import { fieldOf, isPlainObject } from "./plain-object.ts";
import { EMPTY, filled, type Slot } from "./slot.ts";

/** The elements by identity, in their order. */
export type ElementList = ReadonlyMap<ElementId, unknown>;

/**
 * An array as a list of elements; undefined where it cannot be one: an element without the identity, two
 * elements with the same, a hole, or a property besides the elements.
 */
export function elementListOf(value: unknown, field: string): ElementList | undefined {
  if (!Array.isArray(value) || Object.keys(value).length !== value.length) return undefined;
  const list = new Map<ElementId, unknown>();
  for (const element of value as readonly unknown[]) {
    const id = isPlainObject(element) ? fieldOf(element, field) : undefined;
    if (!id?.present || !isElementId(id.value) || list.has(id.value)) return undefined;
    list.set(id.value, element);
  }
  return list;
}

function isElementId(value: unknown): value is ElementId {
  return typeof value === "string" || (typeof value === "number" && Number.isFinite(value));
}

/**
 * The order of all elements of all versions: that of the side which moved some, else the local one; what the
 * other side has besides comes after the element before it there, behind what the first side added at that
 * place. Undefined where both sides moved elements to different places, or where nobody knows which one did.
 */
export function mergedOrder(
  base: ElementList | undefined,
  local: ElementList,
  remote: ElementList,
): readonly ElementId[] | undefined {
  const agree = sameOrder(local, remote);
  const localMoved = base === undefined || !sameOrder(base, local);
  const remoteMoved = base === undefined || !sameOrder(base, remote);
  if (localMoved && remoteMoved && !agree) return undefined;
  const [first, second] = remoteMoved && !localMoved ? [remote, local] : [local, remote];
  const order = new LinkedOrder(first.keys());
  insertAll(order, second, (id) => !second.has(id) && base?.has(id) !== true);
  if (base) insertAll(order, base, () => false);
  return order.toArray();
}

/** The element of an identity; empty where the list has none. */
export function elementOf(list: ElementList, id: ElementId): Slot {
  return list.has(id) ? filled(list.get(id)) : EMPTY;
}

/** Whether the elements that both have stand in the same order. */
export function sameOrder(a: ElementList, b: ElementList): boolean {
  const others = [...b.keys()].filter((id) => a.has(id));
  let at = 0;
  for (const id of a.keys()) if (b.has(id) && others[at++] !== id) return false;
  return true;
}

/** @param isAhead Elements at the same place that stay in front of what is inserted. */
function insertAll(order: LinkedOrder, list: ElementList, isAhead: (id: ElementId) => boolean): void {
  let previous: ElementId | undefined;
  for (const id of list.keys()) {
    if (!order.has(id)) order.insertAfter(previous, id, isAhead);
    previous = id;
  }
}

/** A list with cheap insertion after a member. */
class LinkedOrder {
  /** Each member's follower; `undefined` as a key stands for the place before the first. */
  readonly #next = new Map<ElementId | undefined, ElementId | undefined>();

  constructor(ids: Iterable<ElementId>) {
    let last: ElementId | undefined;
    for (const id of ids) {
      this.#next.set(last, id);
      last = id;
    }
    this.#next.set(last, undefined);
  }

  has(id: ElementId): boolean {
    return this.#next.has(id);
  }

  insertAfter(member: ElementId | undefined, id: ElementId, isAhead: (other: ElementId) => boolean): void {
    let at = member;
    for (let next = this.#next.get(at); next !== undefined && isAhead(next); next = this.#next.get(at)) {
      at = next;
    }
    this.#next.set(id, this.#next.get(at));
    this.#next.set(at, id);
  }

  toArray(): ElementId[] {
    const ids: ElementId[] = [];
    for (let id = this.#next.get(undefined); id !== undefined; id = this.#next.get(id)) ids.push(id);
    return ids;
  }
}
