import { asAsyncScript, POINT_AT, SELECTED_TAB } from "./chrome-scripts.ts";
import type { Marionette } from "./marionette.ts";

/** Longer than anything that a test waits for by itself. */
const SCRIPT_TIMEOUT = 10 * 60_000;

/** A document that WebDriver commands can be about. */
export interface View {
  readonly tab: string;
  readonly what: "page" | "panel";
  /** End of the address of the panel's document. */
  readonly panelPage: string;
}

/**
 * One WebDriver session. It looks at one document at a time, so whoever wants to talk to a document takes a
 * turn (`at`, `chrome`), and turns never interleave.
 */
export class FirefoxSession {
  readonly #marionette: Marionette;
  readonly #id: string;
  #turns: Promise<unknown> = Promise.resolve();

  private constructor(marionette: Marionette, id: string) {
    this.#marionette = marionette;
    this.#id = id;
  }

  static async create(marionette: Marionette): Promise<FirefoxSession> {
    // Marionette takes capabilities flat, not under `alwaysMatch`.
    const { sessionId } = (await marionette.send("WebDriver:NewSession", {})) as { sessionId: string };
    await marionette.send("WebDriver:SetTimeouts", { script: SCRIPT_TIMEOUT });
    return new FirefoxSession(marionette, sessionId);
  }

  send(command: string, parameters?: object): Promise<unknown> {
    return this.#marionette.send(command, parameters);
  }

  /** Installs an unpacked extension until Firefox ends. */
  async install(path: string): Promise<void> {
    await this.send("Addon:Install", { path, temporary: true });
  }

  /** Makes a tab, selects it, and answers its id. */
  openTab(): Promise<string> {
    return this.#turn(async () => {
      // The tab that the session looked at last may be closed by now; then it refuses to make another.
      const [open] = (await this.send("WebDriver:GetWindowHandles")) as string[];
      if (open !== undefined) await this.send("WebDriver:SwitchToWindow", { handle: open });
      const { handle } = (await this.send("WebDriver:NewWindow", { type: "tab" })) as { handle: string };
      await this.send("WebDriver:SwitchToWindow", { handle, focus: true });
      return this.#selectedTab();
    });
  }

  firstTab(): Promise<string> {
    return this.#turn(() => this.#selectedTab());
  }

  /** Runs one of the chrome scripts for a tab. */
  chrome(script: string, tab: string, ...args: readonly unknown[]): Promise<unknown> {
    return this.#turn(() => this.#runInChrome(asAsyncScript(script), [tab, ...args]));
  }

  /** Runs commands that are about one document. */
  at<Result>(view: View, commands: () => Promise<Result>): Promise<Result> {
    return this.#turn(async () => {
      // Each time anew: Firefox moves it by itself when a navigation changes the tab's process.
      await this.#runInChrome(asAsyncScript(POINT_AT), [view.tab, this.#id, view.what, view.panelPage]);
      return commands();
    });
  }

  async #selectedTab(): Promise<string> {
    await this.send("Marionette:SetContext", { value: "chrome" });
    try {
      const { value } = (await this.send("WebDriver:ExecuteScript", { script: SELECTED_TAB, args: [] })) as {
        value: string;
      };
      return value;
    } finally {
      await this.send("Marionette:SetContext", { value: "content" });
    }
  }

  async #runInChrome(script: string, args: readonly unknown[]): Promise<unknown> {
    await this.send("Marionette:SetContext", { value: "chrome" });
    try {
      const answer = await this.send("WebDriver:ExecuteAsyncScript", { script, args, newSandbox: true });
      return unwrap(answer);
    } finally {
      await this.send("Marionette:SetContext", { value: "content" });
    }
  }

  #turn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#turns.then(work);
    this.#turns = turn.catch(() => {});
    return turn;
  }
}

/** The answer of a script that calls back with `{ value }` or `{ error }`. */
export function unwrap(answer: unknown): unknown {
  const { value } = answer as { value: { value?: unknown; error?: string } };
  if (value.error !== undefined) throw new Error(value.error);
  return value.value;
}
