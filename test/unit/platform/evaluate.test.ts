import { afterEach, expect, test, vi } from "vitest";
import { EvaluateError, evaluate, MAX_ANSWER_UNITS } from "../../../extension/platform/evaluate.ts";
import { frameUrls } from "../../../extension/platform/frame-urls.ts";
import { watchTheme } from "../../../extension/platform/theme.ts";

afterEach(() => vi.unstubAllGlobals());

type EvalCallback = (result: unknown, exception?: object) => void;

/** DevTools' side: evaluates for real, and answers as JSON carries it. */
function inspectedPage(options: { refuse?: object; resources?: { url: string; type: string }[] } = {}) {
  const calls: { code: string; frame: string | undefined }[] = [];
  vi.stubGlobal("chrome", {
    devtools: {
      inspectedWindow: {
        eval: (code: string, { frameURL }: { frameURL?: string }, callback: EvalCallback) => {
          calls.push({ code, frame: frameURL });
          if (options.refuse) return callback(undefined, options.refuse);
          try {
            callback(JSON.parse(JSON.stringify(new Function(`return ${code}`)() ?? null)));
          } catch (error) {
            callback(undefined, { isException: true, value: String(error) });
          }
        },
        ...(options.resources
          ? { getResources: (done: (r: object[]) => void) => done(options.resources ?? []) }
          : {}),
      },
    },
  });
  return calls;
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.catch((thrown: unknown) => thrown);
  if (!(error instanceof EvaluateError)) throw new Error(`expected an EvaluateError, got ${error}`);
  return error.code;
};

test("a string comes back unchanged, whatever is in it", async () => {
  inspectedPage();
  for (const text of ["", "a\u0000b", "\ud800", "\u2028", '"\\']) {
    expect(await evaluate(JSON.stringify(text))).toBe(text);
  }
  expect(await evaluate("'a' + 'b' // an expression that ends in a comment")).toBe("ab");
});

test("anything but a short string is refused inside the page", async () => {
  inspectedPage();
  expect(await evaluate(`"x".repeat(${MAX_ANSWER_UNITS})`)).toHaveLength(MAX_ANSWER_UNITS);
  for (const expression of [
    `"x".repeat(${MAX_ANSWER_UNITS + 1})`,
    "1",
    "undefined",
    "({ length: 1 })",
    "new String('a')",
    "['a']",
  ]) {
    expect(await codeOf(evaluate(expression))).toBe("malformed-answer");
  }
});

test("the guard calls nothing that a page could have patched", async () => {
  const calls = inspectedPage();
  await evaluate("'x'");
  const guard = (calls[0]?.code ?? "").replace("'x'", "");
  expect(guard).not.toMatch(/\.(?!length\b)\w+/);
});

test("what the page throws and what the browser refuses are told apart", async () => {
  inspectedPage();
  await expect(evaluate("(() => { throw new TypeError('not here') })()")).rejects.toMatchObject({
    code: "page-threw",
    message: expect.stringContaining("not here"),
  });
  inspectedPage({
    refuse: { isError: true, code: "E_FAILED", description: "Operation failed: %s", details: ["x"] },
  });
  expect(await codeOf(evaluate("'x'"))).toBe("cannot-inspect");
});

test("a frame is named by its URL, and may be gone", async () => {
  const calls = inspectedPage();
  await evaluate("'x'", "https://frame.example/");
  expect(calls[0]?.frame).toBe("https://frame.example/");
  inspectedPage({
    refuse: { isError: true, code: "E_NOTFOUND", description: "Object not found: %s", details: [] },
  });
  expect(await codeOf(evaluate("'x'", "https://frame.example/"))).toBe("frame-gone");
});

test("documents are listed once where the browser lists them, and not at all elsewhere", async () => {
  inspectedPage({
    resources: [
      { url: "https://a.example/", type: "document" },
      { url: "https://a.example/app.js", type: "script" },
      { url: "https://b.example/", type: "document" },
      { url: "https://b.example/", type: "document" },
    ],
  });
  expect(await frameUrls()).toEqual(["https://a.example/", "https://b.example/"]);
  inspectedPage();
  expect(await frameUrls()).toEqual([]);
});

test("both browsers' themes are told at once and when they change", () => {
  const seen: string[] = [];
  let change: (name: string) => void = () => undefined;
  const setThemeChangeHandler = (listener: (name: string) => void): void => {
    change = listener;
  };
  vi.stubGlobal("chrome", { devtools: { panels: { themeName: "default", setThemeChangeHandler } } });
  watchTheme((theme) => seen.push(theme));
  change("dark");
  const onThemeChanged = { addListener: setThemeChangeHandler };
  vi.stubGlobal("chrome", { devtools: { panels: { themeName: "dark", onThemeChanged } } });
  watchTheme((theme) => seen.push(theme));
  change("light");
  expect(seen).toEqual(["light", "dark", "dark", "light"]);
});
