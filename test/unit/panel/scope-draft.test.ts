import { describe, expect, test } from "vitest";
import type { Scope } from "../../../core/mapping/scope.ts";
import {
  draftOfScope,
  type GroupDraft,
  NEW_CONDITION,
  type PartDraft,
  scopeOfDraft,
  scopeWords,
  WHOLE_TABLE,
} from "../../../extension/panel/format/scope-draft.ts";

const is = (column: string, text: string): PartDraft => ({ column, is: "=", text });
const from = { database: "d", store: "s", key: "00", path: ["user"] };
const ofPage = (consented: number): PartDraft => ({
  ...NEW_CONDITION,
  column: "owner",
  parameter: { name: "owner", from, consented },
});

function scopeOf(draft: GroupDraft): Scope {
  const scope = scopeOfDraft(draft);
  if (typeof scope !== "object") throw new Error(`no scope: ${scope}`);
  return scope;
}

const nested: GroupDraft = {
  of: "all",
  parts: [
    is("tenant", "acme"),
    { of: "any", parts: [is("open", "true"), { column: "due", is: "isNull", text: "" }] },
    { of: "none", parts: [is("state", "gone"), { column: "price", is: ">", text: "5" }] },
  ],
};

describe("groups of conditions", () => {
  test("are the tree that the bridge gets", () => {
    expect(scopeOf(nested).where).toEqual({
      and: [
        { column: "tenant", is: "=", value: "acme" },
        {
          or: [
            { column: "open", is: "=", value: true },
            { column: "due", is: "isNull" },
          ],
        },
        {
          not: {
            or: [
              { column: "state", is: "=", value: "gone" },
              { column: "price", is: ">", value: 5 },
            ],
          },
        },
      ],
    });
  });

  test("come back from it as they were made", () => {
    expect(draftOfScope(scopeOf(nested))).toEqual(nested);
    const texts: GroupDraft = { of: "any", parts: [is("a", '"5"'), is("a", " x "), is("a", '"true"')] };
    expect(draftOfScope(scopeOf(texts))).toEqual(texts);
    expect(draftOfScope({ where: { column: "a", is: "isNull" } })).toEqual({
      of: "all",
      parts: [{ column: "a", is: "isNull", text: "" }],
    });
    expect(scopeOfDraft(draftOfScope(undefined))).toBeUndefined();
  });

  test("read as one line", () => {
    expect(scopeWords(scopeOf(nested))).toBe(
      'tenant = "acme" AND (open = true OR due is NULL) AND NOT (state = "gone" OR price > 5)',
    );
    const mixed: GroupDraft = {
      of: "any",
      parts: [{ of: "all", parts: [is("a", "1"), is("b", "2")] }, is("c", "3")],
    };
    expect(scopeWords(scopeOf(mixed))).toBe("(a = 1 AND b = 2) OR c = 3");
  });

  test("with two values of the page for one column have two parameters", () => {
    const scope = scopeOf({ of: "any", parts: [ofPage(7), ofPage(8)] });
    expect(scope.parameters?.map(({ name, consented }) => [name, consented])).toEqual([
      ["owner", 7],
      ["owner_2", 8],
    ]);
    expect(scopeWords(scope)).toBe("owner = 7 OR owner = 8");
  });

  test("say what is missing", () => {
    expect(scopeOfDraft(WHOLE_TABLE)).toBeUndefined();
    expect(scopeOfDraft({ of: "all", parts: [NEW_CONDITION] })).toMatch(/column of each condition/);
    expect(scopeOfDraft({ of: "all", parts: [{ of: "any", parts: [] }] })).toMatch(/each group/);
  });
});
