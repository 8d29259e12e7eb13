import { writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { describeTarget } from "../panel/describe-target.ts";
import type { Role, Target, WaitForOptions, WaitOptions } from "../panel/panel-driver.ts";
import { ERRORS_OF_DOCUMENT } from "./chrome-scripts.ts";
import { type FirefoxSession, unwrap, type View } from "./firefox-session.ts";
import { chordActions } from "./keys.ts";
import { MarionetteError } from "./marionette.ts";

const DEFAULT_TIMEOUT = 30_000;

/** WebDriver's answers that say "not yet" rather than "no". */
const NOT_YET = new Set([
  "no such element",
  "stale element reference",
  "element not interactable",
  "element click intercepted",
  "detached shadow root",
]);

type Element = Readonly<Record<string, string>>;

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf";

/** Elements that may have a role, explicit or by their tag. */
const CANDIDATES: Readonly<Record<Role, string>> = {
  button: '[role="button"], button:not([role]), input:is([type="button"], [type="submit"]):not([role])',
  checkbox: '[role="checkbox"], input[type="checkbox"]:not([role])',
  heading: '[role="heading"], :is(h1, h2, h3, h4, h5, h6):not([role])',
  menuitem: '[role="menuitem"]',
  option: '[role="option"], option',
  radio: '[role="radio"], input[type="radio"]:not([role])',
  tab: '[role="tab"]',
  textbox: '[role="textbox"], textarea:not([role]), input:is([type="text"], :not([type])):not([role])',
  treeitem: '[role="treeitem"]',
};

const VISIBLE = `(element) => element.checkVisibility({ visibilityProperty: true }) &&
  element.getClientRects().length > 0`;

const DISABLED = "return arguments[0].closest(':disabled, [aria-disabled=\"true\"]') !== null;";

const SAYS = `const text = (node) => node.textContent.replace(/\\s+/g, " ").trim().toLowerCase();
  return text(arguments[0]).includes(arguments[1]);`;

/** A page or a panel, through WebDriver. Waits as Playwright's locators do, and is as strict. */
export class FirefoxDocument {
  readonly #session: FirefoxSession;
  readonly #view: View;

  constructor(session: FirefoxSession, view: View) {
    this.#session = session;
    this.#view = view;
  }

  /** Commands that are about this document. */
  at<Result>(commands: () => Promise<Result>): Promise<Result> {
    return this.#session.at(this.#view, commands);
  }

  evaluate<Arguments extends readonly unknown[], Result>(
    code: (...args: Arguments) => Result | Promise<Result>,
    args: Arguments,
  ): Promise<Result> {
    return this.at(async () => {
      const answer = await this.#session.send("WebDriver:ExecuteAsyncScript", {
        script: `const done = arguments[arguments.length - 1], args = [...arguments].slice(0, -1);
          (async () => (${code})(...args))().then((value) => done({ value }),
            (error) => done({ error: error + "\\n" + error?.stack }));`,
        args,
      });
      return unwrap(answer) as Result;
    });
  }

  /** Runs a script as it is, in the document's global scope. */
  run(script: string): Promise<unknown> {
    return this.at(() => this.#script(script, []));
  }

  errors(): Promise<readonly string[]> {
    return this.at(async () => {
      const answer = await this.#session.send("WebDriver:ExecuteScript", {
        script: ERRORS_OF_DOCUMENT,
        args: [],
        sandbox: "system",
      });
      return (answer as { value: string[] }).value;
    });
  }

  click(target: Target, options?: WaitOptions): Promise<void> {
    return this.#act(target, options, (element) => this.#clickElement(element));
  }

  fill(target: Target, text: string, options?: WaitOptions): Promise<void> {
    return this.#act(target, options, async (element) => {
      await this.#clickElement(element);
      await this.#script("arguments[0].select();", [element]);
      if (text === "") await this.#pressKeys("Delete");
      else await this.#session.send("WebDriver:ElementSendKeys", { id: element[ELEMENT], text });
    });
  }

  press(chord: string): Promise<void> {
    return this.at(() => this.#pressKeys(chord));
  }

  text(target: Target, options?: WaitOptions): Promise<string> {
    return this.#act(target, options, async (element) => {
      const answer = await this.#session.send("WebDriver:GetElementText", { id: element[ELEMENT] });
      return (answer as { value: string }).value;
    });
  }

  attribute(target: Target, name: string, options?: WaitOptions): Promise<string | null> {
    return this.#act(target, options, async (element) => {
      const script = "return arguments[0].getAttribute(arguments[1]);";
      return (await this.#script(script, [element, name])) as string | null;
    });
  }

  count(target: Target): Promise<number> {
    return this.at(async () => (await this.#find(target)).length);
  }

  waitFor(target: Target, options: WaitForOptions = {}): Promise<void> {
    const { text, state = "visible" } = options;
    const wanted = state === "hidden" ? 0 : 1;
    return this.#poll(target, options, async () => {
      const found = await this.#find(target, text);
      if (wanted === 1 && found.length > 1) throw tooMany(target, found.length);
      if (found.length !== wanted) throw notYet(`${found.length} match`);
    });
  }

  async screenshot(path: string): Promise<void> {
    const answer = await this.at(() =>
      this.#session.send("WebDriver:TakeScreenshot", { full: false, hash: false }),
    );
    writeFileSync(path, Buffer.from((answer as { value: string }).value, "base64"));
  }

  #act<Result>(
    target: Target,
    options: WaitOptions | undefined,
    action: (element: Element) => Promise<Result>,
  ): Promise<Result> {
    return this.#poll(target, options, async () => {
      const [element, ...others] = await this.#find(target);
      if (!element) throw notYet("none matches");
      if (others.length > 0) throw tooMany(target, others.length + 1);
      return action(element);
    });
  }

  /** Repeats what answers "not yet", in turns of their own, until the time is over. */
  async #poll<Result>(
    target: Target,
    options: WaitOptions | undefined,
    attempt: () => Promise<Result>,
  ): Promise<Result> {
    const timeout = options?.timeout ?? DEFAULT_TIMEOUT;
    for (const end = Date.now() + timeout; ; await delay(20)) {
      try {
        return await this.at(attempt);
      } catch (error) {
        if (!(error instanceof MarionetteError && NOT_YET.has(error.code))) throw error;
        if (Date.now() > end) {
          throw new Error(`${describeTarget(target)}: ${error.message} (waited ${timeout} ms)`, {
            cause: error,
          });
        }
      }
    }
  }

  async #clickElement(element: Element): Promise<void> {
    if (await this.#script(DISABLED, [element])) throw notYet("it is disabled");
    await this.#session.send("WebDriver:ElementClick", { id: element[ELEMENT] });
  }

  async #pressKeys(chord: string): Promise<void> {
    await this.#session.send("WebDriver:PerformActions", {
      actions: [{ type: "key", id: "keyboard", actions: chordActions(chord) }],
    });
  }

  async #find(target: Target, text?: string): Promise<readonly Element[]> {
    const css = typeof target === "string" ? target : candidateSelector(target);
    const script = `return [...document.querySelectorAll(arguments[0])].filter(${VISIBLE});`;
    const visible = (await this.#script(script, [css])) as Element[];
    const named =
      typeof target === "string" ? visible : await this.#filter(visible, this.#isNamed(target.name));
    return text === undefined ? named : this.#filter(named, this.#says(text));
  }

  async #filter(
    elements: readonly Element[],
    test: (element: Element) => Promise<boolean>,
  ): Promise<readonly Element[]> {
    const kept: Element[] = [];
    for (const element of elements) if (await test(element)) kept.push(element);
    return kept;
  }

  /** By the name that Firefox itself computes for assistive technology. */
  #isNamed(name: string) {
    return async (element: Element): Promise<boolean> => {
      const answer = await this.#session.send("WebDriver:GetComputedLabel", { id: element[ELEMENT] });
      return (answer as { value: string }).value.replace(/\s+/g, " ").trim() === name;
    };
  }

  #says(text: string) {
    const wanted = text.replace(/\s+/g, " ").trim().toLowerCase();
    return async (element: Element): Promise<boolean> =>
      (await this.#script(SAYS, [element, wanted])) === true;
  }

  async #script(script: string, args: readonly unknown[]): Promise<unknown> {
    const answer = await this.#session.send("WebDriver:ExecuteScript", { script, args });
    return (answer as { value: unknown }).value;
  }
}

function candidateSelector({ role, within }: Exclude<Target, string>): string {
  return within ? `:is(${within}) :is(${CANDIDATES[role]})` : CANDIDATES[role];
}

function notYet(why: string): MarionetteError {
  return new MarionetteError("waiting", "no such element", why);
}

function tooMany(target: Target, count: number): Error {
  return new Error(`${describeTarget(target)} matches ${count} visible elements, not one`);
}
