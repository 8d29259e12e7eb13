/**
 * What every backend has to pass: one page for each capability, registered by what it can do. A backend's test
 * file calls this with a way to make one.
 */
import { afterAll, beforeAll, describe } from "vitest";
import type { RemoteCapabilities } from "../../../core/session/ports.ts";
import type { Bed } from "./bed.ts";
import { collectionsPage } from "./collections.ts";
import { contendingPage } from "./contending.ts";
import { deletingPage } from "./deleting.ts";
import { fencingPage } from "./fencing.ts";
import { journalingPage } from "./journaling.ts";
import { repeatingPage } from "./repeating.ts";
import { scanningPage } from "./scanning.ts";
import { valuesPage } from "./values.ts";
import { writingPage } from "./writing.ts";

export function conformanceSuite(
  name: string,
  makeBed: () => Promise<Bed>,
  capabilities: Pick<RemoteCapabilities, "canFence" | "tombstones">,
): void {
  describe(name, () => {
    let made: Bed | undefined;
    const bed = (): Bed => {
      if (made === undefined) throw new Error("the backend was not started");
      return made;
    };
    beforeAll(async () => {
      made = await makeBed();
    });
    afterAll(() => made?.dispose());

    collectionsPage(bed);
    writingPage(bed);
    repeatingPage(bed);
    scanningPage(bed);
    valuesPage(bed);
    contendingPage(bed);
    journalingPage(bed);
    if (capabilities.tombstones) deletingPage(bed);
    if (capabilities.canFence) fencingPage(bed);
  });
}
