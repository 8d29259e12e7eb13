/** The bare stages of a sync: each alone, with nothing of the product in it but the browser's own interfaces. */
import type { Frame, Page } from "playwright";

/** Records of one getAll and of one transaction of puts: the batch that the goals name. */
const BARE_BATCH = 5_000;

/** UTF-16 units of one answer of inspectedWindow.eval: the size that was fastest. */
const SLICE_UNITS = 256 * 1024;

/** Milliseconds of a one-stream getAll of the whole store in the page. */
export async function bareGetAll(
  page: Page,
  database: string,
  store: string,
  records: number = BARE_BATCH,
): Promise<number> {
  const loop = await page.evaluate(([database, store, batch]) => bench.getAll(database, store, batch), [
    database,
    store,
    records,
  ] as const);
  return loop.milliseconds;
}

/** Milliseconds of putting the records into an empty store. */
export async function barePut(
  page: Page,
  database: string,
  store: string,
  count: number,
  batch: number = BARE_BATCH,
): Promise<number> {
  const loop = await page.evaluate(
    ([database, store, count, batch]) => bench.put(database, store, count, batch),
    [database, store, count, batch] as const,
  );
  return loop.milliseconds;
}

/** Milliseconds of putting records with so many units of text, one a transaction. */
export async function barePutLarge(
  page: Page,
  database: string,
  store: string,
  count: number,
  units: number,
): Promise<number> {
  const loop = await page.evaluate(
    ([database, store, count, units]) => bench.putLarge(database, store, count, units),
    [database, store, count, units] as const,
  );
  return loop.milliseconds;
}

/** Milliseconds of bringing that much text from the page into the panel, one slice after the other. */
export async function bareTransfer(page: Page, panel: Frame, units: number): Promise<number> {
  await page.evaluate((units) => bench.prepareTransfer(units), units);
  return panel.evaluate(
    async ({ units, sliceUnits }) => {
      const start = performance.now();
      for (let from = 0; from < units; from += sliceUnits) {
        const code = `bench.slice(${from}, ${Math.min(from + sliceUnits, units)})`;
        await new Promise<void>((resolve, reject) => {
          chrome.devtools.inspectedWindow.eval(code, {}, (slice: unknown, _exception) => {
            if (typeof slice === "string") resolve();
            else reject(new Error("the page gave no slice"));
          });
        });
      }
      return performance.now() - start;
    },
    { units, sliceUnits: SLICE_UNITS },
  );
}
