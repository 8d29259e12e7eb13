import { describe, expect, test } from "vitest";
import { createPagedWindow } from "../../../extension/panel/stores/paged-window.ts";

function listOf(length: number) {
  const asked: number[] = [];
  const state = { generation: 0 };
  const window = createPagedWindow<string>({
    pageSize: 10,
    maxPages: 3,
    fetch: async (offset, limit) => {
      asked.push(offset);
      const { generation } = state;
      return Array.from(
        { length: Math.max(0, Math.min(limit, length - offset)) },
        (_, i) => `${generation}:${offset + i}`,
      );
    },
    onError: (error) => {
      throw error;
    },
  });
  return { asked, state, window };
}

describe("a list seen through pages", () => {
  test("fetches a page once, when one of its rows is looked at", async () => {
    const { asked, window } = listOf(25);
    expect(window.row(12)).toBeUndefined();
    expect(window.row(13)).toBeUndefined();
    expect(await window.load(12)).toBe("0:12");
    expect(window.row(19)).toBe("0:19");
    expect(asked).toEqual([10]);
    expect(await window.load(30)).toBeUndefined();
  });

  test("keeps the pages seen last, and no more than it may", async () => {
    const { asked, window } = listOf(100);
    for (const row of [0, 10, 20]) await window.load(row);
    await window.load(0);
    await window.load(30);
    expect(window.peek(0)).toBe("0:0");
    expect(window.peek(10)).toBeUndefined();
    expect(asked).toEqual([0, 10, 20, 30]);
  });

  test("a refresh shows the old rows until the new ones come; a clear does not", async () => {
    const { state, window } = listOf(25);
    await window.load(3);
    state.generation = 1;
    window.refresh();
    expect(window.row(3)).toBe("0:3");
    expect(await window.load(3)).toBe("1:3");
    window.clear();
    expect(window.row(3)).toBeUndefined();
  });

  test("an answer that was asked for before a clear is dropped", async () => {
    const answers: ((rows: string[]) => void)[] = [];
    const window = createPagedWindow<string>({
      fetch: () => new Promise((resolve) => answers.push(resolve)),
      onError: () => undefined,
    });
    const before = window.load(0);
    window.clear();
    answers[0]?.(["old"]);
    expect(await before).toBeUndefined();
    expect(window.peek(0)).toBeUndefined();
    const after = window.load(0);
    answers[1]?.(["new"]);
    expect(await after).toBe("new");
  });

  test("an error is told once, and drawing again does not ask again", async () => {
    const errors: unknown[] = [];
    let asked = 0;
    const window = createPagedWindow<string>({
      fetch: async () => {
        asked++;
        throw new Error("gone");
      },
      onError: (error) => errors.push(error),
    });
    await window.load(0);
    window.row(0);
    window.row(1);
    expect(asked).toBe(1);
    expect(errors).toHaveLength(1);
  });
});
