import type { DriftscopePanel } from "./driftscope-panel.ts";

/** Longer than a round with its backoff on a busy machine. */
const LONG = { timeout: 60_000 };

export interface KeepChoice {
  readonly intervalSeconds?: number;
  readonly limitPercent?: number;
  /** Watch the page's writes; as the dialog proposes unless told. */
  readonly watch?: boolean;
}

const STATUS = '[data-testid="keep-status"]';

/** Keeping in sync, as a person does it in the panel. */
export class Keeping {
  readonly #panel: DriftscopePanel;

  constructor(panel: DriftscopePanel) {
    this.#panel = panel;
  }

  /** Turns it on by its dialog, and agrees to what the dialog asks for. */
  async begin({ intervalSeconds = 2, limitPercent, watch = true }: KeepChoice = {}): Promise<void> {
    const { driver } = this.#panel;
    await driver.click('[data-testid="keep"][data-state="off"]');
    await driver.fill('[data-testid="keep-interval"]', String(intervalSeconds));
    if (limitPercent !== undefined) await driver.fill('[data-testid="keep-limit"]', String(limitPercent));
    if (!watch) await driver.click('[data-testid="keep-watch"]');
    if ((await driver.count('[data-testid="keep-unasked"]')) > 0) {
      await driver.click('[data-testid="keep-unasked"]');
    }
    await driver.click('[data-testid="keep-in-sync"]');
    await driver.waitFor('[data-testid="keep"][data-state="on"]', LONG);
  }

  async end(): Promise<void> {
    const { driver } = this.#panel;
    await driver.click('[data-testid="keep"][data-state="on"]');
    await driver.click('[data-testid="end-keeping"]');
    await driver.waitFor('[data-testid="keep"][data-state="off"]', LONG);
  }

  /** What the bar at the foot says, whichever view is open. */
  status(): Promise<string> {
    return this.#panel.driver.text(STATUS);
  }

  async waitFor(state: string): Promise<void> {
    await this.#panel.driver.waitFor(`${STATUS}[data-state="${state}"]`, LONG);
  }

  /** Waits until so many keys are known to be behind. */
  async waitForBehind(keys: number): Promise<void> {
    await this.#panel.driver.waitFor(`${STATUS}[data-behind="${keys}"]`, LONG);
  }

  /** What the band above the list says. */
  band(state: "keep-paused" | "keep-offline" | "kept-elsewhere"): Promise<string> {
    return this.#panel.stateText(state);
  }

  /** Opens the plan that a round did not apply. */
  async look(): Promise<void> {
    await this.#panel.driver.click('[data-testid="look-at-round"]');
  }

  async applyAndGoOn(): Promise<void> {
    await this.#panel.driver.click('[data-testid="go-on-keeping"]');
  }

  /** What is said of the record in the detail that is open. */
  confirmation(): Promise<string> {
    return this.#panel.driver.text('[data-testid="last-confirmation"][data-status]', LONG);
  }
}
