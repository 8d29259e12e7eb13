import type { PanelDriver } from "../test/support/panel/panel-driver.ts";
import type { Catalogue } from "./app/catalogue.ts";
import { EDITS_HERE, type Edit } from "./edits.ts";

/** Makes the page's edits as its own code would: through the application's catalogue. */
export async function editHere({ page }: PanelDriver): Promise<number> {
  await page.evaluate(async (edits: readonly Edit[]) => {
    const { catalogue } = globalThis as unknown as { catalogue: Catalogue };
    for (const edit of edits) {
      if (edit.do === "add") await catalogue.add(edit.id, edit.change, edit.number);
      else if (edit.do === "change") await catalogue.change(edit.id, edit.change);
      else await catalogue.remove(edit.id);
    }
  }, EDITS_HERE);
  return EDITS_HERE.length;
}
