/**
 * What every backend has to pass: one page for each capability, registered by what it can do. A backend's test
 * file calls this with a way to make one.
 */
import { afterAll, beforeAll, describe } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { RemoteCapabilities } from "../../../core/session/ports.ts";
import { type Bed, useKeys } from "./bed.ts";
import { changingPage } from "./changing.ts";
import { collectionsPage } from "./collections.ts";
import { contendingPage } from "./contending.ts";
import { deletingPage } from "./deleting.ts";
import { fencingPage } from "./fencing.ts";
import { journalingPage } from "./journaling.ts";
import { repeatingPage } from "./repeating.ts";
import { scanningPage } from "./scanning.ts";
import { valuesPage } from "./values.ts";
import { writingPage } from "./writing.ts";

export interface SuiteCapabilities extends Pick<RemoteCapabilities, "canFence" | "tombstones" | "changes"> {
  /** Collections of our own, which hold keys of every type; else keys are texts, and tables exist already. */
  readonly anyKey: boolean;
  /**
   * Each call takes seconds, however much it carries: tests run side by side, so that their calls go together, and what is
   * repeated one call after the other is repeated less.
   */
  readonly isSlow?: boolean;
}

export function conformanceSuite(
  name: string,
  makeBed: () => Promise<Bed>,
  capabilities: SuiteCapabilities,
): void {
  const { canFence, tombstones, changes, anyKey, isSlow = false } = capabilities;
  // The hexadecimal text of a key's bytes is ordered as the bytes are.
  if (!anyKey) useKeys((key) => toHex(encodeKey(key)));
  describe(name, { concurrent: isSlow }, () => {
    let made: Bed | undefined;
    const bed = (): Bed => {
      if (made === undefined) throw new Error("the backend was not started");
      return made;
    };
    beforeAll(async () => {
      made = await makeBed();
    });
    afterAll(() => made?.dispose());

    if (anyKey) collectionsPage(bed);
    writingPage(bed, capabilities);
    repeatingPage(bed, capabilities);
    scanningPage(bed, capabilities);
    valuesPage(bed);
    contendingPage(bed, capabilities);
    journalingPage(bed);
    if (tombstones) deletingPage(bed, capabilities);
    if (canFence) fencingPage(bed);
    if (changes) changingPage(bed);
  });
}
