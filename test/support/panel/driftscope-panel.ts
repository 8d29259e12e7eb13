import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import { DRIFT_KINDS, type DriftKind } from "../../../core/session/drift.ts";
import type { PanelDriver, WaitOptions } from "./panel-driver.ts";

export type Counts = Readonly<Partial<Record<DriftKind, number>>>;

/** How many operations of each status an apply ended with. */
export type OutcomeCounts = Readonly<Record<string, number>>;

export interface PlanCount {
  readonly side: "local" | "remote";
  readonly action: "create" | "replace" | "delete";
  readonly count: number;
}

/** What a plan with many deletes wants typed: the name of the place that would lose the rows. */
export type NamesToType = Readonly<Partial<Record<PlanCount["side"], string>>>;

/** Longer than any compare or apply of a few thousand records on a busy machine. */
const LONG: WaitOptions = { timeout: 120_000 };

/** More than any view has. */
const MAX_TAB_STOPS = 60;

const byTestId = (id: string, more = ""): string => `[data-testid="${id}"]${more}`;

/** The panel in a person's words: what it shows and what can be done with it. */
export class DriftscopePanel {
  readonly driver: PanelDriver;

  constructor(driver: PanelDriver) {
    this.driver = driver;
  }

  async openTab(name: "Data" | "Sync" | "Activity"): Promise<void> {
    // Its name may hold a count, too.
    await this.driver.click(`#tab-${name.toLowerCase()}`);
  }

  /** Reads the page's databases anew: one that was made since the panel opened is in no tree yet. */
  async lookAgain(): Promise<void> {
    await this.driver.waitFor('[data-testid="state"]:not([data-state="connecting"])', LONG);
    // In one step: the panel looks again by itself, too, and shows one button or the other.
    await this.driver.evaluate(() => {
      const buttons = [...document.querySelectorAll("button")];
      const again = buttons.find(({ ariaLabel, textContent }) =>
        ["Look again", "Read the tree again"].includes(ariaLabel ?? textContent?.trim() ?? ""),
      );
      again?.click();
    });
  }

  async openStore(database: string, store: string): Promise<void> {
    const item = byTestId("store", `[data-database="${database}"][data-store="${store}"]`);
    await this.driver.click(item, LONG);
  }

  /** Pastes a pairing string as `driftscope bridge` prints it, and waits until the bridge is connected. */
  async pair(pairing: string): Promise<void> {
    if ((await this.driver.count(byTestId("pairing-input"))) === 0) {
      await this.driver.click(byTestId("bridge-status"));
    }
    await this.driver.fill(byTestId("pairing-input"), pairing);
    await this.driver.click(byTestId("pair"));
    await this.waitForBridge("ready");
  }

  /** Whether the panel is paired, once it has looked. */
  async knowsBridge(): Promise<boolean> {
    const settled = byTestId("bridge-status", ':not([data-state="connecting"])');
    await this.driver.waitFor(settled, LONG);
    return (await this.driver.attribute(settled, "data-state")) !== "not-paired";
  }

  async forgetBridge(): Promise<void> {
    await this.driver.click(byTestId("bridge-status"));
    await this.driver.click({ role: "button", name: "Forget this bridge" });
    await this.waitForBridge("not-paired");
    await this.driver.press("Escape");
    await this.driver.waitFor("dialog", { state: "hidden" });
  }

  async waitForBridge(state: string): Promise<void> {
    await this.driver.waitFor(byTestId("bridge-status", `[data-state="${state}"]`), LONG);
  }

  /** Waits for the card that says why nothing else is shown. */
  async waitForState(state: string): Promise<void> {
    await this.driver.waitFor(byTestId("state", `[data-state="${state}"]`), LONG);
  }

  async createMapping(): Promise<void> {
    await this.driver.click(byTestId("create-mapping"));
    await this.driver.waitFor(byTestId("compare"), LONG);
  }

  /** Compares to the end and answers the counts by kind, without the kinds that did not occur. */
  async compare(): Promise<Counts> {
    await this.startCompare();
    return this.compared();
  }

  async startCompare(): Promise<void> {
    await this.startCompareBy(async () => {
      const button = (await this.driver.count(byTestId("compare"))) > 0 ? "compare" : "compare-again";
      await this.driver.click(byTestId(button));
    });
  }

  /** Starts a compare in another way than by its button, and waits until it runs. */
  async startCompareBy(action: () => Promise<void>): Promise<void> {
    await this.#watchRuns();
    await action();
    await this.driver.waitFor("html[data-compare-started]", LONG);
  }

  /** Waits until the compare that was started last has ended, whichever way. */
  async compared(): Promise<Counts> {
    await this.driver.waitFor(byTestId("compare-status", ':not([data-state="running"])'), LONG);
    const state = await this.driver.attribute(byTestId("compare-status"), "data-state");
    if (state !== "complete") throw new Error(`the compare ended as "${state}"`);
    return this.counts();
  }

  async cancelCompare(): Promise<void> {
    await this.driver.click(byTestId("cancel"));
    await this.driver.waitFor(byTestId("compare-status", '[data-state="partial"]'), LONG);
  }

  /** What the chips say now. */
  async counts(): Promise<Counts> {
    const shown = await this.driver.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="chip"], [data-testid="equal-count"]')].map(
        ({ dataset }) => [dataset.kind ?? "equal", Number(dataset.count)] as const,
      ),
    );
    const counts = new Map(shown);
    return Object.fromEntries(
      DRIFT_KINDS.flatMap((kind) => (counts.get(kind) ? [[kind, counts.get(kind)]] : [])),
    );
  }

  /** Shows the drift of one kind only, or all of it again. */
  async toggleKind(kind: DriftKind): Promise<void> {
    await this.driver.click(byTestId("chip", `[data-kind="${kind}"]`));
  }

  /** Selects the drift of one key; its detail is shown. */
  async openDrift(key: unknown): Promise<void> {
    await this.driver.click(driftOf(key));
    await this.driver.waitFor(byTestId("drift-detail"));
  }

  async decide(key: unknown, decision: "push" | "pull" | "leave"): Promise<void> {
    await this.openDrift(key);
    await this.driver.click(byTestId(`choose-${decision}`));
    await this.waitForDecision(key, decision);
  }

  async decideAllShown(decision: "Push" | "Pull" | "Leave"): Promise<void> {
    await this.driver.click(byTestId("set-all"));
    await this.driver.click(byTestId(`bulk-${decision.toLowerCase()}`));
  }

  async waitForDecision(key: unknown, decision: string): Promise<void> {
    await this.driver.waitFor(`${driftOf(key)}[data-decision="${decision}"]`);
  }

  /** Waits until the list's cursor is on this key and the detail shows it. */
  async waitForSelection(key: unknown): Promise<void> {
    await this.driver.waitFor(`${driftOf(key)}[aria-selected="true"]`);
  }

  /** Presses Tab until the focus is on the element, as a person without a pointer would. */
  async tabTo(testId: string): Promise<void> {
    for (let stops = 0; stops < MAX_TAB_STOPS; stops++) {
      const at = await this.driver.evaluate(() => document.activeElement?.getAttribute("data-testid"));
      if (at === testId) return;
      await this.driver.press("Tab");
    }
    throw new Error(`${MAX_TAB_STOPS} times Tab did not reach ${testId}`);
  }

  /** Opens the three-way view of a conflict. */
  async openThreeWay(key: unknown): Promise<void> {
    await this.openDrift(key);
    await this.driver.click(byTestId("resolve"));
    await this.driver.waitFor(byTestId("three-way"));
  }

  async takeField(path: string, from: "local" | "base" | "remote"): Promise<void> {
    await this.driver.click(`${fieldOf(path)} ${byTestId(`take-${from}`)}`);
  }

  /** @param value in the panel's notation, which is JSON where JSON can say it */
  async editField(path: string, value: string): Promise<void> {
    await this.driver.click(`${fieldOf(path)} ${byTestId("edit-field")}`);
    await this.driver.fill(byTestId("edit-value"), value);
    await this.driver.click(byTestId("edit-save"));
  }

  /** Keeps the merged value of the three-way view as the decision. */
  async keepResult(key: unknown): Promise<void> {
    await this.driver.click(byTestId("keep-result"));
    await this.waitForDecision(key, "merge");
  }

  async preview(): Promise<readonly PlanCount[]> {
    await this.driver.click(byTestId("preview"));
    return this.planCounts();
  }

  async planCounts(): Promise<readonly PlanCount[]> {
    await this.driver.waitFor(byTestId("plan"), LONG);
    return this.driver.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="plan-count"]')].map(({ dataset }) => ({
        side: dataset.side as PlanCount["side"],
        action: dataset.action as PlanCount["action"],
        count: Number(dataset.count),
      })),
    );
  }

  /** Types the names that the plan asks for, starts the apply, and waits for its outcomes. */
  async apply(names: NamesToType = {}): Promise<OutcomeCounts> {
    await this.startApply(names);
    return this.outcomes();
  }

  async startApply(names: NamesToType = {}): Promise<void> {
    for (const [side, name] of Object.entries(names)) {
      await this.driver.fill(byTestId("confirm-name", `[data-side="${side}"]`), name);
    }
    await this.driver.click(byTestId("apply"));
  }

  async outcomes(): Promise<OutcomeCounts> {
    await this.driver.waitFor(byTestId("outcomes"), LONG);
    const shown = await this.driver.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="outcome"]')].map(
        ({ dataset }) => [dataset.status ?? "", Number(dataset.count)] as const,
      ),
    );
    return Object.fromEntries(shown.filter(([, count]) => count > 0));
  }

  /** Waits until some of the operations are done and the apply still runs. */
  async waitForPartOfApply(): Promise<void> {
    await this.driver.waitFor(byTestId("apply-progress", ':not([data-done="0"])'), LONG);
  }

  /** Goes on with the apply whose outcomes are shown. */
  async resume(): Promise<OutcomeCounts> {
    await this.driver.click(byTestId("resume"), LONG);
    await this.driver.waitFor(byTestId("outcomes", '[data-complete="true"]'), LONG);
    return this.outcomes();
  }

  /** Opens the plan that takes the last apply back. */
  async previewUndo(): Promise<readonly PlanCount[]> {
    await this.driver.click(byTestId("undo"));
    return this.planCounts();
  }

  /** Marks the document when a compare starts to run, however short it is. */
  async #watchRuns(): Promise<void> {
    await this.driver.evaluate(() => {
      const root = document.documentElement;
      delete root.dataset.compareStarted;
      const observer = new MutationObserver(() => {
        if (!document.querySelector('[data-testid="compare-status"][data-state="running"]')) return;
        observer.disconnect();
        root.dataset.compareStarted = "";
      });
      observer.observe(root, { subtree: true, childList: true, attributeFilter: ["data-state"] });
    });
  }
}

function driftOf(key: unknown): string {
  return byTestId("drift", `[data-key="${toHex(encodeKey(key))}"]`);
}

function fieldOf(path: string): string {
  return byTestId("field", `[data-path="${path}"]`);
}
