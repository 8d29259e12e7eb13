import type { Frame, Page } from "playwright";

/** What this module puts into a document. */
declare global {
  var benchLongTasks: { longest: number };
}

/** Watches a document's main thread for tasks that hold it for 50 ms and longer. */
export async function watchLongTasks(document: Page | Frame): Promise<void> {
  await document.evaluate(() => {
    const seen = { longest: 0 };
    globalThis.benchLongTasks = seen;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) seen.longest = Math.max(seen.longest, duration);
    }).observe({ type: "longtask" });
  });
}

/** Milliseconds of the longest task since the last call; 0 where none took 50 ms. */
export function takeLongest(document: Page | Frame): Promise<number> {
  return document.evaluate(async () => {
    // The browser tells of a task some time after it.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const { longest } = globalThis.benchLongTasks;
    globalThis.benchLongTasks.longest = 0;
    return longest;
  });
}
