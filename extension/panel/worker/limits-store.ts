/** How much the panel remembers, as the person set it, in the extension's own storage. */
import * as v from "valibot";
import type { HostApi, PanelLimits } from "./api.ts";

const STORAGE_KEY = "limits";

const amount = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));

const LimitsSchema = v.object({
  bodyMegabytes: amount(100_000),
  journalDays: v.pipe(amount(3650), v.minValue(1)),
  journalMegabytes: v.pipe(amount(100_000), v.minValue(1)),
});

const DEFAULTS: PanelLimits = { bodyMegabytes: 256, journalDays: 30, journalMegabytes: 256 };

export class LimitsStore {
  readonly #host: Pick<HostApi, "storageGet" | "storageSet">;

  constructor(host: Pick<HostApi, "storageGet" | "storageSet">) {
    this.#host = host;
  }

  async get(): Promise<PanelLimits> {
    const stored = v.safeParse(LimitsSchema, await this.#host.storageGet(STORAGE_KEY));
    return stored.success ? stored.output : DEFAULTS;
  }

  /** @throws ValiError when a limit cannot be. */
  async set(limits: PanelLimits): Promise<void> {
    await this.#host.storageSet(STORAGE_KEY, v.parse(LimitsSchema, limits));
  }
}
