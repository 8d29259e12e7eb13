import { hashWords } from "./murmur3.ts";
import { WordBuffer } from "./word-buffer.ts";

/** What the canonical form needs of a list of property names. */
export interface Shape {
  /** Four words that stand for the names, in any order: the digest of the sorted list. */
  readonly digest: Int32Array;
  /** Place i of the sorted list holds the name that was enumerated as number `order[i]`. */
  readonly order: readonly number[];
}

/** A node of the tree of names, in the order in which objects enumerate them. */
export interface ShapeNode {
  readonly names: number;
  /** The name and node that came next last time: nearly always the ones that come next this time. */
  lastName: string | undefined;
  last: ShapeNode | undefined;
  next: Map<string, ShapeNode> | undefined;
  shape: Shape | undefined;
}

/** Objects of more names than this are dictionaries rather than records. */
const MAX_NAMES = 256;
const MAX_NODES = 8192;
/** When the tree is full: after so many objects that found no place in it, the data is another, so start over. */
const MISSES_BEFORE_RENEWAL = 65_536;

/**
 * Digests of property name lists, remembered for the lists that come again. When names never come again (the
 * tree is full), the rest is worked out without remembering, which costs a third of what remembering does.
 */
export class ShapeCache {
  #root = newNode(0);
  #nodes = 1;
  #missesWhileFull = 0;
  readonly #buffer = new WordBuffer();

  get root(): ShapeNode {
    return this.#root;
  }

  /** The node after one more name; undefined when there is none, and no room to make it. */
  step(node: ShapeNode, name: string): ShapeNode | undefined {
    const known = node.next?.get(name);
    if (known === undefined && !this.#hasRoomAfter(node)) return undefined;
    const next = known ?? newNode(node.names + 1);
    if (known === undefined) {
      this.#nodes++;
      node.next ??= new Map();
      node.next.set(name, next);
    }
    node.lastName = name;
    node.last = next;
    return next;
  }

  /** The shape of an object that ended at this node. */
  shapeAt(node: ShapeNode, object: object): Shape {
    node.shape ??= this.#shapeOf(Object.keys(object));
    return node.shape;
  }

  /** Digest of names that are sorted by code unit, into `target`. */
  digestSorted(names: readonly string[], target: Int32Array): void {
    const buffer = this.#buffer;
    buffer.word(names.length);
    for (const name of names) buffer.string(name);
    hashWords(buffer.words, 0, buffer.length, target);
    buffer.clear();
  }

  #shapeOf(names: readonly string[]): Shape {
    const order = names
      .map((_, index) => index)
      .sort((a, b) => ((names[a] as string) < (names[b] as string) ? -1 : 1));
    const digest = new Int32Array(4);
    this.digestSorted(
      order.map((index) => names[index] as string),
      digest,
    );
    return { digest, order };
  }

  #hasRoomAfter(node: ShapeNode): boolean {
    if (node.names === MAX_NAMES) return false;
    if (this.#nodes < MAX_NODES) return true;
    if (++this.#missesWhileFull === MISSES_BEFORE_RENEWAL) {
      this.#root = newNode(0);
      this.#nodes = 1;
      this.#missesWhileFull = 0;
    }
    return false;
  }
}

function newNode(names: number): ShapeNode {
  return { names, lastName: undefined, last: undefined, next: undefined, shape: undefined };
}
