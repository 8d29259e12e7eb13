import { describe, expect, test } from "vitest";
import type { TableDescription } from "../../../core/mapping/table-description.ts";
import { proposeDraft, settingsOfDraft } from "../../../extension/panel/format/mapping-draft.ts";

const column = (name: string, type: string) => ({ name, type, nullable: true });
const table: TableDescription = {
  name: "visits",
  isView: false,
  columns: [
    column("id", "INTEGER"),
    column("Visited_At", "TEXT"),
    column("weight", "DECIMAL(8,2)"),
    column("isOpen", "BOOLEAN"),
    column("tags", "TEXT"),
    column("row_version", "BIGINT"),
    column("owner", "TEXT"),
  ],
  primaryKey: ["id"],
  unique: [],
  foreignKeys: [],
  checks: [],
};
const records = [
  { id: 1, visitedAt: new Date(0), weight: 2, isOpen: true, tags: ["a"], mood: "x" },
  { id: 2, visitedAt: null, weight: 2.5, isOpen: false, tags: [] },
];

describe("a proposed mapping", () => {
  const draft = proposeDraft(table, { keyPath: "id", records });

  test("takes fields and columns of like names, and conversions from what is stored", () => {
    const proposed = draft.fields.map(({ path, column, as, whenNull }) => [path, column, as, whenNull]);
    expect(proposed).toEqual([
      ["id", "id", "integer", "absent"],
      ["visitedAt", "Visited_At", "dateText", "null"],
      ["weight", "weight", "real", "absent"],
      ["isOpen", "isOpen", "boolean", "absent"],
      ["tags", "tags", "json", "absent"],
      ["mood", "", "text", "absent"],
    ]);
    expect(draft.key).toEqual([{ column: "id", as: "integer", guessed: true }]);
    expect(draft).toMatchObject({ versionColumn: "row_version", versionMoves: "increment" });
  });

  test("says of each guess that it is one", () => {
    expect(draft.fields.every(({ guessed }) => guessed)).toBe(true);
  });

  test("names what is ignored, and leaves the other columns alone", () => {
    expect(settingsOfDraft(draft)).toMatchObject({
      columns: { table: "visits", ignoredFields: ["mood"], version: { column: "row_version" } },
    });
  });

  test("takes the primary key where the store keeps its keys outside of the records", () => {
    const outside = proposeDraft(table, { keyPath: null, records });
    expect(outside.key).toEqual([{ column: "id", as: "integer", guessed: true }]);
  });

  test("says what is missing", () => {
    expect(settingsOfDraft({ ...draft, key: [] })).toBe("Choose the key's columns");
    expect(settingsOfDraft({ ...draft, fields: [] })).toBe("Map at least one field to a column");
    const [first] = draft.fields;
    if (first === undefined) throw new Error("no field");
    expect(settingsOfDraft({ ...draft, fields: [first, { ...first, path: "other" }] })).toMatch(
      /^Two fields/,
    );
    const conditions = [{ column: "", is: "=" as const, text: "" }];
    expect(settingsOfDraft({ ...draft, conditions })).toMatch(/column of each condition/);
  });

  test("reads typed values of a scope as what they look like", () => {
    const scoped = (text: string) =>
      settingsOfDraft({ ...draft, conditions: [{ column: "owner", is: "=", text }] });
    for (const [text, value] of [
      ["5", 5],
      ["true", true],
      ["05", "05"],
      ['"5"', "5"],
    ] as const) {
      expect(scoped(text)).toMatchObject({
        scope: { where: { and: [{ column: "owner", is: "=", value }] } },
      });
    }
  });
});
