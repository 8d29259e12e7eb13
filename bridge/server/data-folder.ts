/**
 * The bridge's data folder (0700): who this bridge is, which panels are paired, the pairing code that is open,
 * and which process runs on it. Everything in it is 0600.
 *
 *     bridge.json        the bridge's id
 *     running.json       process id and port while a bridge runs
 *     pairing.json       the pairing code that is open, until it is used or expires
 *     panels/ID.json     one file a panel: revoking is deleting, and nothing can write it back
 *     journal/           bridge/journal
 *     queue/             bridge/queue
 *     jobs/RUN/          bridge/jobs: what came of each run, and what it printed
 *     schedules/         bridge/schedules: what is on record of each, their reports and bundles
 *     tables/            bridge/tables: meta records of mapped tables
 *     drafts/NAME.json   bridge/drafts: connections that panels drafted
 *     kafka/             bridge/backends/kafka: what topics say, to be read by key
 */

import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { fromBase32, toBase32 } from "../../core/protocol/base32.ts";
import { PAIRING_CODE_BYTES, PANEL_KEY_BYTES } from "../../core/protocol/limits.ts";
import { newBridgeId, newPairingCode } from "../../core/protocol/pairing-string.ts";
import { messageOf } from "../../core/session/session-error.ts";

/** How long a pairing code can be used, in milliseconds. */
export const PAIRING_LIFETIME_MS = 10 * 60 * 1000;

/** Handshakes that may be begun with one code: a person mistypes, a program guesses. */
export const PAIRING_TRIES = 10;

export class DataFolderError extends Error {
  override readonly name = "DataFolderError";
  readonly code = "data-folder";
}

const BridgeSchema = v.object({ bridgeId: v.pipe(v.string(), v.regex(/^[0-9a-z]{16}$/)) });
const RunningSchema = v.object({ pid: v.number(), port: v.number() });
const PairingSchema = v.object({ code: v.string(), expiresAt: v.number(), triesLeft: v.number() });
const PanelSchema = v.object({
  key: v.string(),
  label: v.string(),
  origin: v.string(),
  pairedAt: v.number(),
});

const PANEL_ID = /^[0-9a-z]{26}$/;

export type Running = v.InferOutput<typeof RunningSchema>;

export interface OpenPairing {
  readonly code: Uint8Array<ArrayBuffer>;
  readonly expiresAt: number;
}

export interface PairedPanel {
  readonly id: string;
  readonly label: string;
  /** The extension's origin when it paired. */
  readonly origin: string;
  readonly pairedAt: number;
  /** When it connected last. */
  readonly seenAt: number;
}

export class DataFolder {
  readonly path: string;
  readonly #panels: string;

  /** Makes the folder where it is missing. @throws DataFolderError */
  constructor(path: string) {
    this.path = path;
    this.#panels = join(path, "panels");
    try {
      mkdirSync(this.#panels, { recursive: true, mode: 0o700 });
      chmodSync(path, 0o700);
    } catch (error) {
      const why = messageOf(error);
      throw new DataFolderError(`The data folder ${path} cannot be used: ${why}. Name another with --data.`, {
        cause: error,
      });
    }
  }

  get journalFolder(): string {
    return join(this.path, "journal");
  }

  get queueFolder(): string {
    return join(this.path, "queue");
  }

  get jobsFolder(): string {
    return join(this.path, "jobs");
  }

  get schedulesFolder(): string {
    return join(this.path, "schedules");
  }

  get tablesFolder(): string {
    return join(this.path, "tables");
  }

  get draftsFolder(): string {
    return join(this.path, "drafts");
  }

  bridgeId(): string {
    const stored = this.#read("bridge.json", BridgeSchema);
    if (stored !== undefined) return stored.bridgeId;
    const bridgeId = newBridgeId();
    this.#write("bridge.json", { bridgeId });
    return bridgeId;
  }

  // ---- the process that runs on it

  running(): Running | undefined {
    return this.#read("running.json", RunningSchema);
  }

  /** False when there is such a file already. */
  claimRunning(running: Running): boolean {
    try {
      writeFileSync(join(this.path, "running.json"), JSON.stringify(running), { flag: "wx", mode: 0o600 });
      return true;
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
      throw error;
    }
  }

  updateRunning(running: Running): void {
    this.#write("running.json", running);
  }

  clearRunning(): void {
    rmSync(join(this.path, "running.json"), { force: true });
  }

  // ---- pairing

  /** Opens a new pairing, which ends the one before. */
  openPairing(now: number): OpenPairing {
    const pairing = { code: newPairingCode(), expiresAt: now + PAIRING_LIFETIME_MS };
    this.#write("pairing.json", {
      code: toBase32(pairing.code),
      expiresAt: pairing.expiresAt,
      triesLeft: PAIRING_TRIES,
    });
    return pairing;
  }

  /** The code for one more try; undefined when none is open (any more). */
  tryPairing(now: number): OpenPairing | undefined {
    const stored = this.#read("pairing.json", PairingSchema);
    const code = fromBase32(stored?.code ?? "", PAIRING_CODE_BYTES);
    if (stored === undefined || code === undefined || stored.expiresAt <= now || stored.triesLeft < 1) {
      this.closePairing();
      return undefined;
    }
    this.#write("pairing.json", { ...stored, triesLeft: stored.triesLeft - 1 });
    return { code, expiresAt: stored.expiresAt };
  }

  closePairing(): void {
    rmSync(join(this.path, "pairing.json"), { force: true });
  }

  // ---- panels

  addPanel(panel: Omit<PairedPanel, "seenAt">, key: Uint8Array): void {
    const { id, ...rest } = panel;
    this.#write(join("panels", `${id}.json`), { ...rest, key: toBase32(key) });
  }

  panels(): PairedPanel[] {
    return readdirSync(this.#panels)
      .filter((name) => name.endsWith(".json"))
      .map((name) => this.#panel(name.slice(0, -".json".length))?.panel)
      .filter((panel) => panel !== undefined)
      .sort((a, b) => a.pairedAt - b.pairedAt);
  }

  findPanel(id: string): { panel: PairedPanel; key: Uint8Array<ArrayBuffer> } | undefined {
    return PANEL_ID.test(id) ? this.#panel(id) : undefined;
  }

  sawPanel(id: string, now: number): void {
    try {
      utimesSync(join(this.#panels, `${id}.json`), now / 1000, now / 1000);
    } catch {
      // Revoked meanwhile: there is nothing left to note it on.
    }
  }

  /** False when there is no such panel. */
  removePanel(id: string): boolean {
    if (this.findPanel(id) === undefined) return false;
    rmSync(join(this.#panels, `${id}.json`), { force: true });
    return true;
  }

  get panelsFolder(): string {
    return this.#panels;
  }

  #panel(id: string): { panel: PairedPanel; key: Uint8Array<ArrayBuffer> } | undefined {
    const stored = this.#read(join("panels", `${id}.json`), PanelSchema);
    const key = fromBase32(stored?.key ?? "", PANEL_KEY_BYTES);
    const seen = statSync(join(this.#panels, `${id}.json`), { throwIfNoEntry: false });
    if (stored === undefined || key === undefined || seen === undefined) return undefined;
    const { label, origin, pairedAt } = stored;
    return { panel: { id, label, origin, pairedAt, seenAt: seen.mtimeMs }, key };
  }

  /** Undefined when it is missing or not what this version writes. */
  #read<Output>(name: string, schema: v.GenericSchema<unknown, Output>): Output | undefined {
    let text: string;
    try {
      text = readFileSync(join(this.path, name), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    return parsed.success ? parsed.output : undefined;
  }

  /** Whole or not at all. */
  #write(name: string, content: object): void {
    const path = join(this.path, name);
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }
}
