import { describe, expect, test } from "vitest";
import type { TableDescription } from "../../../core/mapping/table-description.ts";
import {
  draftOfSettings,
  isSameBase,
  type MappingDraft,
  proposeDraft,
  settingsOfDraft,
} from "../../../extension/panel/format/mapping-draft.ts";
import { NEW_CONDITION } from "../../../extension/panel/format/scope-draft.ts";

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

  test("takes a key that is called otherwise there, and columns by their names within families", () => {
    const family: TableDescription = {
      ...table,
      columns: [
        { ...column("(row key)", ""), suggested: "textBytes" },
        { ...column("f:owner", ""), suggested: "textBytes" },
        { ...column("f:version", ""), suggested: "int64Bytes" },
        { ...column("g:weight", ""), suggested: "doubleBytes" },
      ],
      primaryKey: ["(row key)"],
      columnsOf: "the first 3 rows",
    };
    const proposed = proposeDraft(family, { keyPath: "id", records: [{ id: "a", owner: "b", weight: 1 }] });
    expect(proposed.fields.map(({ path, column, as }) => [path, column, as])).toEqual([
      ["id", "(row key)", "textBytes"],
      ["owner", "f:owner", "textBytes"],
      ["weight", "g:weight", "doubleBytes"],
    ]);
    expect(proposed.key).toEqual([{ column: "(row key)", as: "textBytes", guessed: true }]);
    expect(proposed.versionColumn).toBe("f:version");
    const typed = {
      ...table,
      columns: [{ ...column("version", "bigint"), suggested: "bigintText" as const }],
    };
    expect(proposeDraft(typed, { keyPath: "id", records: [] }).versionColumn).toBe("version");
    const twoParts = proposeDraft({ ...family, primaryKey: ["(row key)", "x"] }, { keyPath: "id", records });
    expect(twoParts.key).toEqual([{ column: "", as: "text", guessed: true }]);
  });

  test("says what is missing", () => {
    expect(settingsOfDraft({ ...draft, key: [] })).toBe("Choose the key's columns");
    expect(settingsOfDraft({ ...draft, fields: [] })).toBe("Map at least one field to a column");
    const [first] = draft.fields;
    if (first === undefined) throw new Error("no field");
    expect(settingsOfDraft({ ...draft, fields: [first, { ...first, path: "other" }] })).toMatch(
      /^Two fields/,
    );
    const scope = { of: "all", parts: [NEW_CONDITION] } as const;
    expect(settingsOfDraft({ ...draft, scope })).toMatch(/column of each condition/);
  });

  test("reads typed values of a scope as what they look like", () => {
    const scoped = (text: string) =>
      settingsOfDraft({ ...draft, scope: { of: "all", parts: [{ column: "owner", is: "=", text }] } });
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

describe("a saved mapping that is edited", () => {
  const store = { keyPath: "id", records };
  const saved = (change: Partial<MappingDraft> = {}) => {
    const settings = settingsOfDraft({ ...proposeDraft(table, store), ...change });
    if (typeof settings === "string" || settings.columns === undefined) throw new Error("no settings");
    return { ...settings, columns: settings.columns, policy: { is: "localWins" } as const };
  };
  const edited = (before: ReturnType<typeof saved>, change: Partial<MappingDraft> = {}) => {
    const draft = draftOfSettings(before.columns, before.scope, store);
    const settings = settingsOfDraft({ ...draft, ...change }, before);
    if (typeof settings === "string") throw new Error(settings);
    return settings;
  };
  const owned = { of: "any", parts: [{ column: "owner", is: "=", text: '"5"' }] } as const;

  test("and left as it is gives the settings that it came from", () => {
    const before = saved({ versionMoves: "clock", scope: owned });
    const own = { ...before, columns: { ...before.columns, ignoredColumns: ["owner"] } };
    expect(edited(own)).toEqual(own);
    const byHand = { ...before, scope: { where: { column: "owner", is: "=", value: "me" } } } as const;
    expect(edited(byHand)).toEqual(byHand);
  });

  test("lists what is ignored, and what is new in the store", () => {
    const before = saved();
    const seen = { keyPath: "id", records: [{ id: 1, mood: "x", colour: "red" }] };
    const ignored = draftOfSettings(before.columns, undefined, seen).fields.filter(
      ({ column }) => column === "",
    );
    expect(ignored.map(({ path, guessed }) => [path, guessed])).toEqual([
      ["mood", false],
      ["colour", false],
    ]);
  });

  test("keeps its base with the same fields, key and scope, and with no others", () => {
    const before = saved({ scope: owned });
    const draft = draftOfSettings(before.columns, before.scope, store);
    expect(isSameBase(edited(before, { versionColumn: "" }), before)).toBe(true);
    expect(isSameBase(edited(before, { fields: draft.fields.slice(1) }), before)).toBe(false);
    expect(
      isSameBase(edited(before, { key: [{ column: "owner", as: "text", guessed: false }] }), before),
    ).toBe(false);
    expect(isSameBase(edited(before, { scope: { ...owned, of: "none" } }), before)).toBe(false);
  });
});
