/** What a database refused, by SQL's own codes, as an outcome that names the constraint or the column. */
import type { ChangeResult } from "../../shared/tables/table-server.ts";

const CODES: Readonly<Record<string, readonly [code: string, words: (name: string) => string]>> = {
  "23502": ["not-null", (column) => `The column ${column} must not be NULL.`],
  "23503": ["foreign-key", (name) => `The foreign key ${name} does not hold.`],
  "23505": ["unique", (name) => `Another row has the same, which ${name} wants to be unique.`],
  "23514": ["check", (name) => `The table's CHECK ${name} does not hold for this record.`],
  "23P01": ["exclusion", (name) => `The table's EXCLUDE ${name} does not hold for this record.`],
  "42501": ["unauthorized", () => "The login may not do that: grant the right, or use another login."],
  "42703": [
    "mapping-mismatch",
    () => "The table has changed: take the column out of the mapping, or put it back.",
  ],
  "42P01": ["unknown-table", () => "The table is gone."],
  DS001: [
    "not-unique",
    () => "The columns of the mapping's key find several rows: map columns that are unique together.",
  ],
  DS002: [
    "changed-by-database",
    () => "The database would make something else of it (a size, a scale or a trigger): nothing was written.",
  ],
};

/** @param cells state, name of the constraint, name of the column, what the database said. */
export function refusalOf([state, constraint, column, said]: readonly unknown[]): ChangeResult {
  const known = CODES[String(state)];
  const name = [constraint, column].find((one) => typeof one === "string" && one !== "");
  if (known === undefined) {
    return { is: "rejected", code: "constraint", reason: `The database refused it: ${String(said)}.` };
  }
  const [code, words] = known;
  const because = code === "not-unique" || code === "changed-by-database" ? "" : ` (${String(said)})`;
  return { is: "rejected", code, reason: `${words(String(name ?? "of the table"))}${because}` };
}
