/** The page's frames, walked without trusting anything that a page can replace on its window. */
import type { PageWindow } from "./clean-realm.ts";

/** A page with more children than this in one frame has the rest left out. */
const MAX_CHILDREN = 500;

/** The window at the path of child indexes ("" or "0.2"), or undefined where none can be reached now. */
export function windowAt(path: string, top: PageWindow): PageWindow | undefined {
  let at = top;
  let index = "";
  try {
    for (let i = 0; i <= path.length; i++) {
      const unit = i < path.length ? path[i] : ".";
      if (unit !== ".") {
        index += unit;
        continue;
      }
      if (index !== "") at = childOf(at, index) as PageWindow;
      index = "";
    }
    // Throws for a window of another origin.
    return at.document === null ? undefined : at;
  } catch {
    return undefined;
  }
}

/**
 * One line a frame, in the order of the tree: path, "+" (reachable) or "-" and URL, separated by spaces.
 *
 * @param isOurs recognises the hidden frames of agents
 */
export function listFrames(top: PageWindow, isOurs: (window: unknown) => boolean): string {
  let lines = "";
  const visit = (window: PageWindow, path: string) => {
    const href = hrefOf(window);
    lines += `${path} ${href === undefined ? "-" : `+${href}`}\n`;
    for (let i = 0; i < MAX_CHILDREN; i++) {
      let child: unknown;
      try {
        child = childOf(window, `${i}`);
      } catch {
        return;
      }
      if (child === undefined) return;
      if (!isOurs(child)) visit(child as PageWindow, path === "" ? `${i}` : `${path}.${i}`);
    }
  };
  visit(top, "");
  return lines;
}

/** Undefined where the frame has another origin. */
export function hrefOf(window: PageWindow): string | undefined {
  try {
    return window.document === null ? undefined : window.location.href;
  } catch {
    return undefined;
  }
}

/**
 * What partitions the frame's storage: "" where every ancestor has the frame's own origin, else "^" and the
 * origin of the top frame, or "^?" where the browser does not tell.
 */
export function partitionOf(window: PageWindow): string {
  const top = window.top as PageWindow;
  if (window === top) return "";
  try {
    const own = window.location.origin;
    const ancestors = window.location.ancestorOrigins;
    if (ancestors !== undefined) {
      for (let i = 0; i < ancestors.length; i++) {
        if (ancestors[i] !== own && own !== "null") return `^${ancestors[ancestors.length - 1]}`;
      }
      return "";
    }
    for (let at = window; at !== top; at = at.parent as PageWindow) {
      if (hrefOf(at.parent as PageWindow) === undefined) return "^?";
    }
    return "";
  } catch {
    return "^?";
  }
}

function childOf(window: PageWindow, index: string): unknown {
  return (window as unknown as Record<string, unknown>)[index];
}
