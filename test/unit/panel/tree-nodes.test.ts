import { describe, expect, test } from "vitest";
import { treeNodes } from "../../../extension/panel/views/data/tree-nodes.ts";
import type { FrameNode } from "../../../extension/panel/worker/api.ts";

const store = (name: string, indexes: string[] = []) => ({
  name,
  keyPath: "id",
  autoIncrement: false,
  count: 12_480,
  indexes: indexes.map((index) => ({ name: index, keyPath: index, unique: false, multiEntry: false })),
});

const frames: readonly FrameNode[] = [
  {
    path: [],
    url: "https://app.example/",
    origin: "https://app.example",
    storageKey: "https://app.example/",
    buckets: [
      {
        name: "",
        databases: [{ name: "notes", version: 3, stores: [store("visits", ["by_status"]), store("photos")] }],
      },
      { name: "drafts", databases: [{ name: "scratch", version: 1, stores: [store("visits")] }] },
    ],
  },
  {
    path: [0],
    url: "https://maps.example/",
    origin: "https://maps.example",
    storageKey: "k",
    buckets: [],
    unreachable: "not reachable from here",
  },
];

const text = (toggled: string[] = [], find = "") =>
  treeNodes(frames, { toggled: new Set(toggled), find }).map(
    (node) => `${"  ".repeat(node.level - 1)}${node.label}`,
  );

describe("the tree of stores", () => {
  test("everything is open but the indexes; the default bucket goes without saying", () => {
    expect(text()).toEqual([
      "app.example",
      "  notes",
      "    visits",
      "    photos",
      "  bucket: drafts",
      "    scratch",
      "      visits",
      "maps.example",
    ]);
  });

  test("a closed node hides what is in it, an open store shows its indexes", () => {
    const [frame, database, visits] = treeNodes(frames, { toggled: new Set(), find: "" });
    expect(text([database?.id ?? ""])).not.toContain("    photos");
    expect(text([visits?.id ?? ""])).toContain("      by_status");
    expect(text([frame?.id ?? ""])).toEqual(["app.example", "maps.example"]);
  });

  test("finding keeps the stores that match, and what leads to them", () => {
    expect(text([], "PHOTO")).toEqual(["app.example", "  notes", "    photos"]);
    expect(text([], "nothing")).toEqual([]);
  });

  test("stores with one name in two buckets are two nodes", () => {
    const ids = treeNodes(frames, { toggled: new Set(), find: "" }).map((node) => node.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
