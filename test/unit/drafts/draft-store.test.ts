import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DraftStore } from "../../../bridge/drafts/draft-store.ts";
import type { ConnectionDraft } from "../../../core/protocol/connection-draft.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "driftscope-drafts-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const draft = (name: string, url = "http://localhost:8080"): ConnectionDraft => ({
  backend: "ignite",
  name,
  url,
});

test("drafts come back by their names, the last of each; others cannot read them", () => {
  const drafts = join(folder, "drafts");
  const store = new DraftStore(drafts);
  expect(store.all()).toEqual([]);
  for (const one of [draft("b"), draft("a", "http://localhost:1"), draft("a")]) store.keep(one);
  expect(new DraftStore(drafts).all()).toEqual([draft("a"), draft("b")]);
  expect(statSync(drafts).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(drafts)) expect(statSync(join(drafts, file)).mode & 0o777).toBe(0o600);
  store.remove("a");
  store.remove("a");
  expect(store.all()).toEqual([draft("b")]);
});

test("a file that is no draft hides no other, and stays", () => {
  const store = new DraftStore(folder);
  store.keep(draft("a"));
  writeFileSync(join(folder, "torn.json"), '{"backend": "ign');
  writeFileSync(join(folder, "later.json"), JSON.stringify({ ...draft("later"), level: "unattended" }));
  writeFileSync(join(folder, "b.json"), JSON.stringify(draft("renamed")));
  expect(store.all()).toEqual([draft("a")]);
  expect(readFileSync(join(folder, "torn.json"), "utf8")).toBe('{"backend": "ign');
});
