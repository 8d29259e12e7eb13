/** Where a token begins in the pages; 0 says that there is none. */
type Place = number;

const PAGE_BYTES = 64 * 1024;
/** In the byte before a token: its length, and whether the operation's id follows. */
const LONGEST = 0x7f;
const ENDS_WITH_ID = 0x80;

/**
 * One token an operation, in any order. They are ASCII, and many end with the id of the operation that wrote
 * them (`<n>.<opId>`), which is then not kept with them.
 */
export class TokenColumn {
  readonly #count: number;
  #places: Uint32Array | undefined;
  readonly #pages: Uint8Array[] = [];
  #end: Place = 0;

  constructor(count: number) {
    this.#count = count;
  }

  /** False where this token cannot be kept here. */
  set(index: number, token: string | undefined, opId: string): boolean {
    if (token === undefined) {
      if (this.#places) this.#places[index] = 0;
      return true;
    }
    const endsWithId = token.endsWith(opId);
    const own = endsWithId ? token.slice(0, -opId.length) : token;
    if (own.length > LONGEST || !isAscii(own)) return false;
    this.#places ??= new Uint32Array(this.#count);
    this.#places[index] = this.#append(own, endsWithId);
    return true;
  }

  get(index: number, opId: string): string | undefined {
    const place = this.#places?.[index] ?? 0;
    if (place === 0) return undefined;
    const page = this.#pages[Math.floor((place - 1) / PAGE_BYTES)] as Uint8Array;
    const at = (place - 1) % PAGE_BYTES;
    const head = page[at] as number;
    const own = String.fromCharCode(...page.subarray(at + 1, at + 1 + (head & LONGEST)));
    return (head & ENDS_WITH_ID) === 0 ? own : own + opId;
  }

  #append(own: string, endsWithId: boolean): Place {
    let at = this.#end % PAGE_BYTES;
    if (at === 0 || at + 1 + own.length > PAGE_BYTES) {
      this.#end = this.#pages.length * PAGE_BYTES;
      this.#pages.push(new Uint8Array(PAGE_BYTES));
      at = 0;
    }
    const page = this.#pages.at(-1) as Uint8Array;
    page[at] = own.length | (endsWithId ? ENDS_WITH_ID : 0);
    for (let i = 0; i < own.length; i++) page[at + 1 + i] = own.charCodeAt(i);
    const place = this.#end + 1;
    this.#end += 1 + own.length;
    return place;
  }
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 127) return false;
  return true;
}
