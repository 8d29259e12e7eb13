import { decodeKey } from "../../../core/key/decode-key.ts";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { fromHex, toHex } from "../../../core/key/hex.ts";
import type { Policy } from "../../../core/mapping/mapping-settings.ts";
import type { ConnectionDraft } from "../../../core/protocol/connection-draft.ts";
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

/** What is changed in the dialog of a mapping; the rest stays. */
export interface MappingChange {
  readonly policy?: Policy["is"];
  /** Of newestWins. */
  readonly field?: string;
  /** Lists and the field that identifies their elements, added. */
  readonly identities?: readonly (readonly [list: string, field: string])[];
  /** Ignored fields, added; they need a new collection. */
  readonly ignored?: readonly string[];
  readonly collection?: string;
}

/** Longer than any compare or apply of a few thousand records on a busy machine. */
const LONG: WaitOptions = { timeout: 120_000 };

/** More than any view has. */
const MAX_TAB_STOPS = 60;

const byTestId = (id: string, more = ""): string => `[data-testid="${id}"]${more}`;

const byPath = (id: string, path: string): string => byTestId(id, `[data-path="${path}"]`);

/** The panel in a person's words: what it shows and what can be done with it. */
export class DriftscopePanel {
  readonly driver: PanelDriver;
  /** For compares and applies. */
  readonly #run: WaitOptions;

  /** @param run How long a compare or an apply may take. */
  constructor(driver: PanelDriver, run: WaitOptions = LONG) {
    this.driver = driver;
    this.#run = run;
  }

  async openTab(name: "Data" | "Sync" | "Activity" | "Jobs" | "Schedules"): Promise<void> {
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
    await this.#waitForBridgeToSettle();
    if ((await this.driver.count(byTestId("pairing-input"))) === 0) {
      await this.driver.click(byTestId("bridge-status"));
    }
    await this.driver.fill(byTestId("pairing-input"), pairing);
    await this.driver.click(byTestId("pair"));
    await this.waitForBridge("ready");
  }

  /** Whether the panel is paired, once it has looked. */
  async knowsBridge(): Promise<boolean> {
    await this.#waitForBridgeToSettle();
    return (await this.driver.attribute(byTestId("bridge-status"), "data-state")) !== "not-paired";
  }

  async forgetBridge(): Promise<void> {
    await this.driver.click(byTestId("bridge-status"));
    await this.driver.click({ role: "button", name: "Forget this bridge" });
    await this.waitForBridge("not-paired");
    await this.driver.press("Escape");
    await this.driver.waitFor("dialog", { state: "hidden" });
  }

  async openBridgeDialog(): Promise<void> {
    await this.driver.click(byTestId("bridge-status"));
  }

  /** What the test of a connection says in the bridge's dialog. */
  async testConnection(name: string): Promise<string> {
    await this.driver.click({ role: "button", name: `Test ${name}` });
    const findings = `dialog [aria-label="Test of ${name}"]`;
    await this.driver.waitFor(`${findings} .finding`, LONG);
    return this.driver.text(findings);
  }

  /** Opens the form for a new draft, from the bridge's dialog. */
  async startDraft(backend: ConnectionDraft["backend"]): Promise<void> {
    await this.driver.click(byTestId("draft-connection"));
    await this.select(byTestId("draft-backend"), backend);
  }

  /** Fields by their names in a draft. */
  async fillDraft(texts: Readonly<Record<string, string>>): Promise<void> {
    for (const [field, text] of Object.entries(texts))
      await this.driver.fill(byTestId(`draft-${field}`), text);
  }

  async chooseDraftSecret(field: "password" | "secretKey", name: string): Promise<void> {
    await this.select(byTestId(`draft-${field}`), name);
  }

  /** Names of the secrets that can be chosen. */
  draftSecrets(field: "password" | "secretKey"): Promise<readonly string[]> {
    return this.driver.evaluate(
      (css) =>
        Array.from(document.querySelectorAll<HTMLOptionElement>(`${css} option`), ({ value }) => value).slice(
          1,
        ),
      byTestId(`draft-${field}`),
    );
  }

  /** What stands in a field. */
  draftText(field: string): Promise<string | undefined> {
    return this.driver.evaluate(
      (css) => document.querySelector<HTMLInputElement | HTMLSelectElement>(css)?.value,
      byTestId(`draft-${field}`),
    );
  }

  async testDraft(): Promise<void> {
    await this.driver.click(byTestId("test-draft"));
  }

  /** What the last test of the draft found. */
  async draftFindings(): Promise<string> {
    await this.driver.waitFor(byTestId("draft-findings", ":has(.finding)"), LONG);
    return this.driver.text(byTestId("draft-findings"));
  }

  /** What is said beside the fields, by their names in a draft. */
  draftProblems(): Promise<Readonly<Record<string, string>>> {
    return this.driver.evaluate(() =>
      Object.fromEntries(
        Array.from(
          document.querySelectorAll<HTMLElement>('[data-testid^="draft-"][data-testid$="-problem"]'),
          (one) => [
            (one.dataset.testid ?? "").slice("draft-".length, -"-problem".length),
            one.innerText.trim(),
          ],
        ),
      ),
    );
  }

  /** Saves the draft, which goes back to the bridge's dialog. */
  async keepDraft(): Promise<void> {
    await this.driver.click(byTestId("keep-draft"));
    await this.driver.waitFor(byTestId("draft-form"), { ...LONG, state: "hidden" });
  }

  /** Copies a draft as configuration, and answers what is shown of it. */
  async copyDraft(name: string): Promise<string> {
    await this.driver.click({ role: "button", name: `Copy as configuration: ${name}` });
    await this.driver.waitFor(byTestId("draft-configuration"), { text: "Copied." });
    return this.driver.text(byTestId("draft-configuration", " pre"));
  }

  async waitForBridge(state: string): Promise<void> {
    await this.driver.waitFor(byTestId("bridge-status", `[data-state="${state}"]`), LONG);
  }

  /** Waits for the card that says why nothing else is shown. */
  async waitForState(state: string): Promise<void> {
    await this.driver.waitFor(byTestId("state", `[data-state="${state}"]`), LONG);
  }

  /** @param connection The one to choose; the panel's own choice where it is not given. */
  async createMapping(connection?: string): Promise<void> {
    if (connection !== undefined) await this.driver.click(`input[name="connection"][value="${connection}"]`);
    await this.driver.click(byTestId("create-mapping"));
    await this.driver.waitFor(byTestId("compare"), LONG);
  }

  /** Opens the editor that maps the chosen store to an existing table, and chooses the table. */
  async mapTable(table: string): Promise<void> {
    await this.driver.click(byTestId("map-table"));
    await this.select(byTestId("table"), table);
    await this.driver.waitFor(byTestId("mapping-preview"), LONG);
  }

  /** Of a table whose rows can have other columns than are known. */
  async typeVersionColumn(column: string): Promise<void> {
    await this.driver.fill(byTestId("version-column"), column);
    await this.driver.press("Tab");
  }

  /** Chooses an option of a native select. */
  async select(css: string, value: string): Promise<void> {
    await this.driver.waitFor(css, LONG);
    await this.driver.evaluate(
      (target, chosen) => {
        const select = document.querySelector<HTMLSelectElement>(target);
        if (select === null) throw new Error(`nothing matches ${target}`);
        select.value = chosen;
        if (select.value !== chosen) throw new Error(`${target} has no option ${chosen}`);
        select.dispatchEvent(new Event("change", { bubbles: true }));
      },
      css,
      value,
    );
  }

  /** How many of the previewed records the other side cannot hold, once the preview is of the last edit. */
  async refusedInPreview(side: "local" | "remote"): Promise<number> {
    await this.driver.waitFor(byTestId("save-table-mapping", ":not([aria-disabled])"), LONG);
    return Number(await this.driver.attribute(byTestId(`preview-${side}`), "data-refused"));
  }

  async startEditingTableMapping(): Promise<void> {
    await this.driver.click(byTestId("open-mapping"));
    await this.driver.click(byTestId("edit-table-mapping"));
  }

  /** Opens the editor of the saved mapping, and waits until it shows what both sides would have. */
  async editTableMapping(): Promise<void> {
    await this.startEditingTableMapping();
    await this.driver.waitFor(byTestId("mapping-preview"), LONG);
  }

  /** Maps a field to a column, or ignores it without one. */
  async mapField(path: string, column: string): Promise<void> {
    await this.select(columnOf(path), column);
  }

  /** What the editor says a field is mapped to. */
  mappedTo(path: string): Promise<string | undefined> {
    return this.driver.evaluate((css) => {
      const select = document.querySelector<HTMLSelectElement>(css);
      return select?.selectedOptions[0]?.text;
    }, columnOf(path));
  }

  /** Whether saving the edited mapping begins without a base. */
  async startsAnew(): Promise<boolean> {
    return (await this.driver.attribute(byTestId("base-note"), "data-anew")) === "true";
  }

  /** Adds to a group of the scope, named as the editor counts ("" is the outermost). */
  async addToScope(group: string, what: "condition" | "group"): Promise<void> {
    await this.driver.click(`${byPath("scope-group", group)} > .map-more ${byTestId(`add-${what}`)}`);
  }

  /** Sets a condition of the scope; without a value where the operator takes none. */
  async setCondition(at: string, column: string, is: string, value?: string): Promise<void> {
    const condition = byPath("condition", at);
    await this.select(`${condition} ${byTestId("condition-column")}`, column);
    await this.select(`${condition} ${byTestId("condition-operator")}`, is);
    if (value !== undefined) await this.driver.fill(`${condition} ${byTestId("condition-value")}`, value);
  }

  async setGroupRule(group: string, rule: "all" | "any" | "none"): Promise<void> {
    await this.select(`${byPath("scope-group", group)} > .map-line ${byTestId("group-rule")}`, rule);
  }

  /** The scope as the editor says it. */
  scopeWords(): Promise<string> {
    return this.driver.text(byTestId("scope-words"));
  }

  async saveTableMapping(): Promise<void> {
    await this.driver.click(byTestId("save-table-mapping", ":not([aria-disabled])"), LONG);
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
    await this.driver.waitFor(byTestId("compare-status", ':not([data-state="running"])'), this.#run);
    const state = await this.driver.attribute(byTestId("compare-status"), "data-state");
    if (state !== "complete") throw new Error(`the compare ended as "${state}"`);
    return this.counts();
  }

  /** Compares all records, whatever is known to have changed. */
  async compareAll(): Promise<void> {
    await this.startCompareBy(() => this.driver.click(byTestId("compare-all")));
    await this.compared();
  }

  /** What the status line says about the last compare. */
  compareStatus(): Promise<string> {
    return this.driver.text(byTestId("compare-status"));
  }

  async watchWrites(): Promise<void> {
    await this.driver.click(byTestId("watch-writes", '[data-state="off"]'));
    await this.driver.waitFor(byTestId("watch-writes", '[data-state="on"]'), LONG);
  }

  async stopWatching(): Promise<void> {
    await this.driver.click(byTestId("watch-writes", '[data-state="on"]'));
    await this.driver.waitFor(byTestId("watch-writes", '[data-state="off"]'), LONG);
  }

  /** Waits until the panel shows that the page wrote so many keys of this store. */
  async waitForWatchedKeys(keys: number): Promise<void> {
    await this.driver.waitFor(byTestId("watch-writes", `[data-keys="${keys}"]`), LONG);
  }

  /** Agrees that what the page writes is told, and waits until that has begun. */
  async tellWrites(): Promise<void> {
    await this.driver.click(byTestId("tell", '[data-state="off"]'));
    await this.driver.click(byTestId("begin-telling"));
    await this.driver.waitFor(byTestId("tell", '[data-state="telling"]'), LONG);
  }

  async endTelling(): Promise<void> {
    await this.driver.click(byTestId("tell"));
    await this.driver.click(byTestId("end-telling"));
    await this.driver.waitFor(byTestId("tell", '[data-state="off"]'), LONG);
  }

  /** Waits until changes are known that cannot be told now. */
  async waitForUntold(): Promise<void> {
    await this.driver.waitFor(byTestId("tell", '[data-state="away"]:not([data-untold="0"])'), LONG);
  }

  /** Waits until so many changes were told, gaps among them, and none waits. */
  async waitForTold(changes: number): Promise<void> {
    await this.driver.waitFor(byTestId("tell", `[data-told="${changes}"][data-untold="0"]`), LONG);
  }

  /** Waits until a range was verified after a compare of changed keys. */
  async waitForVerification({ surprises }: { readonly surprises: number }): Promise<void> {
    await this.driver.waitFor(byTestId("rechecked", `[data-surprises="${surprises}"]`), LONG);
  }

  async cancelCompare(): Promise<void> {
    await this.driver.click(byTestId("cancel"));
    await this.driver.waitFor(byTestId("compare-status", '[data-state="partial"]'), LONG);
  }

  /** Waits until some of the records were compared and the compare still runs. */
  async waitForPartOfCompare(): Promise<void> {
    const lane = '.lanes [role="progressbar"][aria-label="Local"][aria-valuenow]:not([aria-valuenow="0"])';
    await this.driver.waitFor(lane, LONG);
  }

  /** Goes on with a compare that an earlier panel did not finish. */
  async goOnComparing(): Promise<Counts> {
    await this.startCompareBy(() => this.driver.click(byTestId("go-on")));
    return this.compared();
  }

  /** What a card or a band says. */
  stateText(state: string): Promise<string> {
    return this.driver.text(byTestId("state", `[data-state="${state}"]`), LONG);
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

  /** Shows only what the text filter leaves. */
  async filter(text: string): Promise<void> {
    await this.driver.fill("[data-filter]", text);
  }

  /** Proposes the newest side of every conflict shown. */
  async proposeNewest(field: string): Promise<void> {
    await this.driver.click(byTestId("set-all"));
    await this.driver.click(byTestId("bulk-newest"));
    await this.driver.fill(byTestId("newest-field"), field);
    await this.driver.click(byTestId("propose"));
    await this.bulkResult();
  }

  /** Opens the dialog that says what a policy would be asked about, and answers how many records that are. */
  async openProposal(policy: "newest" | "merge" | "custom"): Promise<number> {
    await this.driver.click(byTestId("set-all"));
    await this.driver.click(byTestId(`bulk-${policy}`));
    return Number(await this.driver.attribute(byTestId("propose-reach"), "data-asked"));
  }

  async propose(): Promise<void> {
    await this.driver.click(byTestId("propose"));
  }

  /** What the last step about many rows says that it decided. */
  bulkResult(): Promise<string> {
    return this.driver.text(byTestId("state", '[data-state="bulk"]'), LONG);
  }

  async undoBulk(): Promise<void> {
    await this.driver.click(byTestId("undo-bulk"));
    await this.driver.waitFor(byTestId("state", '[data-state="bulk"]'), { state: "hidden" });
  }

  /** What is decided about each row on screen, by its key. */
  async decisions(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.#rows();
    return byKey(rows.map(({ key, decision }) => [key, decision]));
  }

  /** Why, where a policy told. */
  async reasons(): Promise<Readonly<Record<string, string>>> {
    const rows = await this.#rows();
    return byKey(rows.filter(({ reason }) => reason !== "").map(({ key, reason }) => [key, reason]));
  }

  #rows(): Promise<readonly { readonly key: string; readonly decision: string; readonly reason: string }[]> {
    return this.driver.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('[data-testid="drift"]')].map((row) => ({
        key: row.dataset.key ?? "",
        decision: row.dataset.decision ?? "",
        reason: row.querySelector<HTMLElement>('[data-testid="reason"]')?.title ?? "",
      })),
    );
  }

  /** The visible text of a row in the list. */
  rowText(key: unknown): Promise<string> {
    return this.driver.text(driftOf(key));
  }

  detailText(): Promise<string> {
    return this.driver.text("#drift-fields");
  }

  /** Changes the settings of the mapping in its dialog. */
  async changeMapping(change: MappingChange): Promise<void> {
    const { driver } = this;
    await driver.click(byTestId("open-mapping"));
    if (change.policy !== undefined) await driver.click(byTestId(`policy-${change.policy}`));
    if (change.field !== undefined) await driver.fill(byTestId("policy-field"), change.field);
    for (const [at, row] of (change.identities ?? []).entries()) {
      await driver.click(byTestId("identities-add"));
      for (const [column, text] of row.entries()) await driver.fill(inputOf("identities", at, column), text);
    }
    for (const [at, name] of (change.ignored ?? []).entries()) {
      await driver.click(byTestId("ignored-add"));
      await driver.fill(inputOf("ignored", at, 0), name);
    }
    if (change.collection !== undefined) await driver.fill(byTestId("new-collection"), change.collection);
    await driver.click(byTestId("save-mapping"));
    await driver.waitFor(byTestId("mapping-form"), { ...LONG, state: "hidden" });
  }

  /** Opens the form that says what ends with the mapping, and what stays. */
  async startRemovingMapping(): Promise<void> {
    await this.driver.click(byTestId("open-mapping"));
    await this.driver.click(byTestId("remove-mapping"));
    await this.driver.waitFor(byTestId("confirm-remove-mapping"));
  }

  async removeMapping(): Promise<void> {
    await this.startRemovingMapping();
    await this.driver.click(byTestId("confirm-remove-mapping"));
    await this.waitForState("no-mapping");
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
    // Both sides are read first, which some backends take their time for.
    await this.driver.waitFor(byTestId("three-way"), LONG);
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
    await this.driver.waitFor(byTestId("plan"), this.#run);
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
    await this.driver.waitFor(byTestId("outcomes"), this.#run);
    return this.#outcomeCounts("outcome");
  }

  async #outcomeCounts(testId: "outcome" | "dry-run-outcome"): Promise<OutcomeCounts> {
    const shown = await this.driver.evaluate(
      (chip) =>
        [...document.querySelectorAll<HTMLElement>(chip)].map(
          ({ dataset }) => [dataset.status ?? "", Number(dataset.count)] as const,
        ),
      byTestId(testId),
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

  /** Checks the plan without writing, and answers what its operations would end with. */
  async dryRun(): Promise<OutcomeCounts> {
    await this.driver.click(byTestId("dry-run"));
    await this.driver.waitFor(byTestId("dry-run-outcomes"), LONG);
    return this.#outcomeCounts("dry-run-outcome");
  }

  /** What the plan's warnings are about. */
  warnings(): Promise<readonly string[]> {
    return this.driver.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>("[data-warning]")].map(
        ({ dataset }) => dataset.warning ?? "",
      ),
    );
  }

  warningText(about: string): Promise<string> {
    return this.driver.text(byTestId("plan-warning", `[data-warning="${about}"]`));
  }

  /** How long the plan will take, in the panel's words. */
  estimate(): Promise<string> {
    return this.driver.text(byTestId("estimate"));
  }

  /** From the plan back to the list. */
  async backToList(): Promise<void> {
    await this.driver.click({ role: "button", name: "Drift: back to the list" });
    await this.driver.waitFor(byTestId("drifts"));
  }

  /** Opens the plan that takes the last apply back. */
  async previewUndo(): Promise<readonly PlanCount[]> {
    await this.driver.click(byTestId("undo"));
    return this.planCounts();
  }

  async #waitForBridgeToSettle(): Promise<void> {
    await this.driver.waitFor(byTestId("bridge-status", ':not([data-state="connecting"])'), LONG);
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

function byKey(rows: readonly (readonly [hex: string, value: string])[]): Record<string, string> {
  return Object.fromEntries(rows.map(([hex, value]) => [String(decodeKey(fromHex(hex))), value]));
}

function inputOf(list: string, row: number, column: number): string {
  return `${byTestId(list)} .rows-line:nth-child(${row + 1}) .field:nth-child(${column + 1}) input`;
}

function driftOf(key: unknown): string {
  return byTestId("drift", `[data-key="${toHex(encodeKey(key))}"]`);
}

function fieldOf(path: string): string {
  return byTestId("field", `[data-path="${path}"]`);
}

/** The column that the mapping editor maps a field to. */
function columnOf(path: string): string {
  return `${byPath("field-line", path)} ${byTestId("column")}`;
}
