/**
 * Built-ins that the page has not touched, from a hidden about:blank frame (decision 3).
 *
 * The host's code runs in the page's realm, after the page had every chance to replace what is in it. So host
 * code calls no method of a prototype: it uses syntax, own properties of its own objects, and these functions.
 */

export type PageWindow = Window & typeof globalThis;

export interface CleanRealm {
  readonly window: PageWindow;
  readonly apply: typeof Reflect.apply;
  readonly defineProperty: typeof Reflect.defineProperty;
  readonly deleteProperty: typeof Reflect.deleteProperty;
  readonly emptyTable: <T>() => Record<string, T>;
  readonly functionText: (method: unknown) => string;
  readonly indexOf: (text: string, part: string) => number;
  readonly slice: (text: string, from: number, to?: number) => string;
  readonly now: () => number;
  /** Whether a window is that of such a frame: of this agent, or of another panel's, or of one that is going. */
  readonly isAgentFrame: (candidate: unknown) => boolean;
  /** Takes the frame out of the page; what belongs to its window (timers, workers) ends with it. */
  readonly remove: () => void;
}

/** What the windows of these frames have, whoever made them. A page that sets it hides a frame of its own, no more. */
const MARK = "driftscope.agent-frame";

/** @throws where the page has no document to put a frame into, or does not let one in. */
export function openCleanRealm(document: Document): CleanRealm {
  const frame = document.createElementNS("http://www.w3.org/1999/xhtml", "iframe") as HTMLIFrameElement;
  frame.style.display = "none";
  document.documentElement.appendChild(frame);
  const window = frame.contentWindow as PageWindow;
  const { Reflect: CleanReflect, Object: CleanObject } = window;
  const { apply, defineProperty, deleteProperty } = CleanReflect;
  const { toString: functionToString } = window.Function.prototype;
  const { indexOf, slice } = window.String.prototype;
  const { now } = window.Date;
  const { remove } = window.Element.prototype;
  const { create } = CleanObject;
  const mark = window.Symbol.for(MARK);
  defineProperty(window, mark, { value: true });
  return {
    window,
    apply,
    defineProperty,
    deleteProperty,
    emptyTable: () => create(null),
    functionText: (method) => apply(functionToString, method, []),
    indexOf: (text, part) => apply(indexOf, text, [part]),
    slice: (text, from, to) => apply(slice, text, [from, to]),
    now: () => now(),
    isAgentFrame: (candidate) => {
      try {
        return (candidate as Record<symbol, unknown>)[mark] === true;
      } catch {
        // A frame of another origin.
        return false;
      }
    },
    remove: () => apply(remove, frame, []),
  };
}
