import { expect, test } from "vitest";
import { encodeKey } from "../../../core/key/encode-key.ts";
import { toHex } from "../../../core/key/hex.ts";
import type { BrowserName } from "../../support/browsers/find-browser.ts";
import type { DriftscopePanel } from "../../support/panel/driftscope-panel.ts";
import { useBed } from "./bed/bed.ts";

const ROWS = 10_000;

/** Looking at a page's data, without a bridge. */
export function inspecting(name: BrowserName): void {
  const bed = useBed(name);

  test("shows databases, stores and indexes as a tree, and a store in the order of an index", async () => {
    const panel = await bed.inspect((await bed.servePage()).url);
    const { driver } = panel;
    await driver.page.evaluate(async () => {
      const opening = indexedDB.open("shop", 7);
      await new Promise((resolve) => {
        opening.onupgradeneeded = () => {
          const goods = opening.result.createObjectStore("goods", { keyPath: "id" });
          goods.createIndex("by price", "price");
          opening.result.createObjectStore("log", { autoIncrement: true });
          for (const [id, price] of [
            ["apple", 3],
            ["bread", 1],
            ["cheese", 2],
          ] as const)
            goods.put({ id, price });
        };
        opening.onsuccess = resolve;
      });
      opening.result.close();
    });
    await panel.lookAgain();
    await panel.openStore("shop", "goods");
    const tree = await panel.driver.evaluate(() =>
      [...document.querySelectorAll('[data-testid="tree"] [role="treeitem"]')].map((item) =>
        [item.ariaLevel, item.querySelector("bdi")?.textContent, item.querySelector(".n")?.textContent].join(
          " ",
        ),
      ),
    );
    expect(tree.slice(1)).toEqual(["2 shop v7", "3 goods 3", "3 log 0"]);
    await waitForRows(panel, ["apple", "bread", "cheese"]);
    await driver.press("ArrowRight");
    await driver.press("ArrowDown");
    await driver.press("Enter");
    await waitForRows(panel, ["bread", "cheese", "apple"]);
  });

  test(`${ROWS} rows: by keys to the end and back, and every row is the record that it names`, async () => {
    const all = Array.from({ length: ROWS }, (_, i) => ({ id: i + 1, text: `record ${i + 1}` }));
    const { panel } = await bed.openPage(all);
    const { driver } = panel;
    await driver.waitFor(`[data-testid="row-count"][data-count="${ROWS}"]`);
    await panel.tabTo("records");
    await driver.press("Control+End");
    await expectCursor(panel, ROWS);
    await driver.press("Control+Home");
    await expectCursor(panel, 1);
    await driver.press("PageDown");
    await panel.driver.waitFor('[data-testid="record"][aria-selected="true"]:not([aria-rowindex="2"])');
    const page = (await panel.driver.evaluate(cursorRow)).id - 1;
    for (let i = 2; i <= 25; i++) await driver.press("PageDown");
    await expectCursor(panel, 25 * page + 1);
    for (let i = 1; i <= 24; i++) await driver.press("PageUp");
    await expectCursor(panel, page + 1);
    await driver.press("ArrowDown");
    await expectCursor(panel, page + 2);
    // Never more rows in the document than the eye needs.
    await expect.poll(() => driver.count('[data-testid="record"]')).toBeLessThan(100);
  });

  test("shows every type of value as what it is", async () => {
    const { panel, local } = await bed.openPage([]);
    const { driver } = panel;
    // Before it is known as empty, what is put would be in the first reading.
    await panel.waitForState("empty");
    await driver.page.evaluate(
      async (database, store) => {
        const holes = [1, 2, 3];
        delete holes[1];
        const cycle: Record<string, unknown> = {};
        cycle.self = cycle;
        const { buffer } = new Uint8Array([1, 2, 255]);
        const record = {
          id: "all",
          undefined: undefined,
          null: null,
          boolean: true,
          number: 1.5,
          negativeZero: -0,
          nan: Number.NaN,
          infinity: -Infinity,
          bigint: 12345678901234567890n,
          string: "ö 🎬\n",
          surrogate: "a\ud800b",
          date: new Date(2020, 1, 29, 12, 30),
          invalidDate: new Date(Number.NaN),
          regexp: /a+/gi,
          numberObject: Object(5),
          stringObject: Object("text"),
          booleanObject: Object(false),
          bigintObject: Object(5n),
          array: Object.assign(holes, { extra: "more" }),
          proto: JSON.parse('{"__proto__": 1}'),
          map: new Map([["key", 1]]),
          set: new Set([1, "x"]),
          buffer,
          typed: new Float32Array([1.5, -0]),
          bigTyped: new BigInt64Array([5n]),
          view: new DataView(buffer, 1, 2),
          error: new RangeError("too far"),
          blob: new Blob(["hello"], { type: "text/plain" }),
          file: new File(["x"], "a.txt", { type: "text/plain", lastModified: 0 }),
          image: new ImageData(1, 1),
          cycle,
          key: await crypto.subtle.generateKey({ name: "AES-GCM", length: 128 }, false, ["encrypt"]),
        };
        const opening = indexedDB.open(database);
        await new Promise((resolve, reject) => {
          opening.onsuccess = () => {
            const transaction = opening.result.transaction(store, "readwrite");
            transaction.objectStore(store).put(record);
            transaction.oncomplete = resolve;
            transaction.onabort = reject;
          };
        });
        opening.result.close();
      },
      local.database,
      local.store,
    );
    await driver.click({ role: "button", name: "Read again" });
    await driver.waitFor(`[data-testid="record"][data-key="${toHex(encodeKey("all"))}"]`);
    await driver.waitFor('[data-testid="record-detail"] [data-testid="property"]:last-child');
    await expect
      .poll(() => driver.evaluate(properties))
      .toEqual([
        ["id", "string · key", '"all"'],
        ["undefined", "undefined", "undefined"],
        ["null", "null", "null"],
        ["boolean", "boolean", "true"],
        ["number", "number", "1.5"],
        ["negativeZero", "number", "-0"],
        ["nan", "number", "NaN"],
        ["infinity", "number", "-Infinity"],
        ["bigint", "BigInt", "12345678901234567890n"],
        ["string", "string", '"ö 🎬\\n"'],
        ["surrogate", "string", '"a\\ud800b"'],
        ["date", "Date", expect.stringMatching(/^2020-02-29 12:30:00\.000 [+-]\d\d:\d\d$/)],
        ["invalidDate", "Date", "Invalid Date"],
        ["regexp", "RegExp", "/a+/gi"],
        ["numberObject", "Number object", "Object(5)"],
        ["stringObject", "String object", 'Object("text")'],
        ["booleanObject", "Boolean object", "Object(false)"],
        ["bigintObject", "BigInt object", "Object(5n)"],
        ["array", "Array(3)", "[1, empty, 3]"],
        ["proto", "Object(1)", "{__proto__ 1}"],
        ["map", "Map(1)", '{"key" → 1}'],
        ["set", "Set(2)", '{1, "x"}'],
        ["buffer", "ArrayBuffer(3)", "01 02 ff"],
        ["typed", "Float32Array(2)", "[1.5, -0]"],
        ["bigTyped", "BigInt64Array(1)", "[5n]"],
        ["view", "DataView(2)", "02 ff"],
        ["error", "RangeError", "RangeError: too far"],
        ["blob", "Blob", "text/plain, 5 B"],
        ["file", "File", "a.txt, text/plain, 1 B"],
        ["image", "ImageData", "1 × 1 srgb"],
        ["cycle", "Object(1)", "{self {self {self {…}}}}"],
        [
          "key",
          "CryptoKey",
          "secret AES-GCM. Its content cannot be read, so Driftscope never overwrites this record.",
        ],
      ]);
    // What cannot be read cannot be written either.
    await driver.waitFor('[data-testid="record-detail"] .note.warn');
  });
}

function properties(): (string | null | undefined)[][] {
  return [
    ...document.querySelectorAll<HTMLElement>('[data-testid="record-detail"] [data-testid="property"]'),
  ].map((line) => {
    const type = line.querySelector(".type")?.textContent;
    const value = line.querySelector(".val")?.textContent;
    return [line.querySelector("bdi")?.textContent, type, value?.slice(type?.length ?? 0)];
  });
}

/** What the row under the cursor shows, as numbers where it shows numbers. */
function cursorRow(): { readonly id: number; readonly text: string; readonly inView: boolean } {
  const row = document.querySelector<HTMLElement>('[data-testid="record"][aria-selected="true"]');
  const [key, text] = [...(row?.querySelectorAll('[role="gridcell"]') ?? [])].map(
    (cell) => cell.textContent?.trim() ?? "",
  );
  const grid = row?.closest('[role="grid"]')?.getBoundingClientRect();
  const box = row?.getBoundingClientRect();
  const inView = box !== undefined && grid !== undefined && box.top >= grid.top && box.bottom <= grid.bottom;
  return { id: Number(key?.replace(/\D/g, "")), text: text ?? "", inView };
}

async function expectCursor({ driver }: DriftscopePanel, id: number): Promise<void> {
  await driver.waitFor(`[data-testid="record"][data-key="${toHex(encodeKey(id))}"][aria-selected="true"]`);
  await expect.poll(() => driver.evaluate(cursorRow)).toEqual({ id, text: `record ${id}`, inView: true });
}

async function waitForRows({ driver }: DriftscopePanel, keys: readonly string[]): Promise<void> {
  const shown = () =>
    [...document.querySelectorAll<HTMLElement>('[data-testid="record"]')].map(({ dataset }) => dataset.key);
  const wanted = keys.map((key) => toHex(encodeKey(key)));
  await expect.poll(() => driver.evaluate(shown), { timeout: 60_000 }).toEqual(wanted);
}
