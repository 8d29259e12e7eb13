/**
 * Drives the real DevTools panel of one tab, in whichever browser: a behaviour written against this runs in
 * both. Every action waits until its target is there and can be acted on, and fails after `timeout`.
 */
import type { BrowserName } from "../browsers/find-browser.ts";

/** A CSS selector, or what assistive technology calls the element. Must match exactly one visible element. */
export type Target = string | { readonly role: Role; readonly name: string; readonly within?: string };

export type Role =
  | "button"
  | "checkbox"
  | "heading"
  | "menuitem"
  | "option"
  | "radio"
  | "tab"
  | "textbox"
  | "treeitem";

export interface WaitOptions {
  /** Milliseconds; 10 s unless given. */
  readonly timeout?: number;
}

export interface WaitForOptions extends WaitOptions {
  /** The target's visible text must contain this. */
  readonly text?: string;
  /** "hidden": wait until nothing visible matches. */
  readonly state?: "visible" | "hidden";
}

/**
 * Runs a function there and answers its awaited result. Function, arguments and result travel as text and
 * JSON: the function sees its arguments and the document's globals, nothing of the module it stands in.
 */
export type Evaluate = <Arguments extends readonly unknown[], Result>(
  code: (...args: Arguments) => Result | Promise<Result>,
  ...args: Arguments
) => Promise<Result>;

/** The inspected page. */
export interface PageDriver {
  readonly evaluate: Evaluate;
  click(css: string, options?: WaitOptions): Promise<void>;
  waitFor(css: string, options?: WaitForOptions): Promise<void>;
  navigate(url: string): Promise<void>;
  reload(): Promise<void>;
  /** Closes the tab, and DevTools with it. */
  close(): Promise<void>;
}

export type Theme = "light" | "dark";

/** All of them, or those that a change of colors alone can break. */
export type AxeRules = "all" | "colors";

export interface AxeViolation {
  readonly id: string;
  readonly help: string;
  /** Selector and markup of each element that violates it. */
  readonly nodes: readonly string[];
}

export interface PanelDriver {
  readonly browser: BrowserName;
  readonly page: PageDriver;
  /** Runs in the panel's document. */
  readonly evaluate: Evaluate;
  click(target: Target, options?: WaitOptions): Promise<void>;
  /** Replaces the text of a field. */
  fill(target: Target, text: string, options?: WaitOptions): Promise<void>;
  /** A key or a chord as Playwright names them, to what has the focus: "Tab", "Escape", "Control+f", "a". */
  press(chord: string): Promise<void>;
  /** The visible text. */
  text(target: Target, options?: WaitOptions): Promise<string>;
  attribute(target: Target, name: string, options?: WaitOptions): Promise<string | null>;
  /** How many visible elements match now. Does not wait. */
  count(target: Target): Promise<number>;
  waitFor(target: Target, options?: WaitForOptions): Promise<void>;
  /** "panel": the panel's document alone; "devtools": the whole DevTools window. Writes a PNG. */
  screenshot(path: string, what?: "panel" | "devtools"): Promise<void>;
  setTheme(theme: Theme): Promise<void>;
  /** Makes the panel exactly this large, in CSS pixels. */
  setSize(width: number, height: number): Promise<void>;
  /** All rules unless told. */
  axe(rules?: AxeRules): Promise<readonly AxeViolation[]>;
  /** Errors logged and thrown so far in the panel's document. */
  errors(): Promise<readonly string[]>;
  /** Stops the page at its next statement, as a breakpoint would, and shows our panel again. */
  pausePage(): Promise<void>;
  resumePage(): Promise<void>;
  /** Closes DevTools and leaves the page open. */
  closeDevTools(): Promise<void>;
  /** Opens DevTools again on the same page, on the panel. */
  openDevTools(): Promise<void>;
  /** Whether tab and DevTools are as they were opened: of their own theme and size, never paused, never closed. */
  readonly canStartOver: boolean;
  /**
   * Goes to another page in the same tab and loads the panel's document anew in the same DevTools: what a test
   * needs, for a third of the time that opening takes.
   */
  startOver(url: string): Promise<void>;
}

export interface BrowserDriver {
  readonly name: BrowserName;
  /** Opens a tab on the address, DevTools on the tab, and our panel. The first call takes the first tab. */
  inspect(url: string): Promise<PanelDriver>;
  /** Resolves when the browser has gone, however it went. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface LaunchOptions {
  readonly executable: string;
  /** Folder of the built extension. */
  readonly extension: string;
  /** What the extension calls its panel. */
  readonly panelTitle: string;
  /** End of the address of the panel's document. */
  readonly panelPage: string;
  readonly headless: boolean;
  /** A profile that outlives the browser; absent = one that goes with it. */
  readonly profile?: string | undefined;
}
