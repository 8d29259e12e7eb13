import { expect, test, vi } from "vitest";
import type { WriteWatch } from "../../../agent/client/write-watch.ts";
import type { StoreRef } from "../../../extension/panel/worker/api.ts";
import type { LocatedStore } from "../../../extension/panel/worker/page/agents.ts";
import { WriteWatcher } from "../../../extension/panel/worker/watch/write-watcher.ts";

/** Longer than a busy machine takes. */
const SOON = { timeout: 30_000 };

const REF: StoreRef = { frame: [], bucket: "", database: "shop", store: "orders" };

/** A page whose recordings begin when they are told to: one at a time in each of its frames. */
function pageThatTakesItsTime() {
  const begun: (() => void)[] = [];
  const recording = new Set<string>();
  const clientOf = (frame: string) =>
    ({
      watchWrites: async () => {
        await new Promise<void>((resolve) => begun.push(resolve));
        recording.add(frame);
        return {
          counts: async () => (recording.has(frame) ? [] : undefined),
          stop: async () => {
            recording.delete(frame);
          },
        } as unknown as WriteWatch;
      },
    }) as unknown as LocatedStore["client"];
  const watcher = new WriteWatcher({
    locate: (ref) => ({ client: clientOf(ref.frame.join()), ref }),
    frames: () => [],
    clock: () => 1,
    onState: () => {},
  });
  const isBeginning = () => vi.waitFor(() => expect(begun).not.toHaveLength(0), SOON);
  const begin = () => begun.shift()?.();
  return { watcher, recording, isBeginning, begin };
}

test("a page that is left while watching begins is not taken for a watched one", async () => {
  const { watcher, recording, isBeginning, begin } = pageThatTakesItsTime();
  const started = watcher.start(REF);
  await isBeginning();
  watcher.navigated();
  begin();
  await started;
  expect(watcher.state).toEqual({ is: "off" });
  expect(recording).toEqual(new Set());
  expect((await watcher.written(REF, undefined)).local).toEqual({ unknown: "notWatched" });
});

test("two frames that are to be watched at once: the last one is, and no other", async () => {
  const { watcher, recording, isBeginning, begin } = pageThatTakesItsTime();
  const both = Promise.all([watcher.start(REF), watcher.start({ ...REF, frame: [1] })]);
  await isBeginning();
  begin();
  await isBeginning();
  begin();
  await both;
  expect(watcher.state).toMatchObject({ is: "on", frame: [1] });
  expect(recording).toEqual(new Set(["1"]));
  await watcher.stop();
  expect(recording).toEqual(new Set());
});
