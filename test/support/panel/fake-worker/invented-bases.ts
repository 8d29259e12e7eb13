import type { BaseInfo } from "../../../../extension/panel/worker/api.ts";

/** One of this page, one of another, and one that cannot be read. */
export function inventedBases(): readonly BaseInfo[] {
  const storageKey = "https://fieldnotes.example";
  return [
    {
      id: "1",
      storageKey,
      database: "field-notes",
      store: "visits",
      collection: "field.visits",
      completeAt: Date.now() - 3_600_000,
      entries: 12_480,
      entryBytes: 640_000,
      bodyBytes: 3_400_000,
      journalBytes: 210_000,
      applies: 3,
    },
    {
      id: "2",
      storageKey: "https://a-shop-with-a-rather-long-host-name.example",
      database: "shop",
      store: "orders",
      collection: "shop.orders",
      entries: 0,
      entryBytes: 0,
      bodyBytes: 0,
      journalBytes: 0,
      applies: 0,
    },
    {
      id: "3",
      storageKey,
      database: "field-notes",
      store: "outbox",
      collection: "field.outbox",
      entries: 240,
      entryBytes: 9000,
      bodyBytes: 41_000,
      journalBytes: 12_000,
      applies: 1,
      problem: {
        code: "newer-base",
        message:
          "The stored base of field-notes/outbox was written by a later version of Driftscope (format 3). Nothing was changed.",
      },
    },
  ];
}

export function withoutBase({ completeAt: _gone, problem: _too, ...base }: BaseInfo): BaseInfo {
  return { ...base, entries: 0, entryBytes: 0, bodyBytes: 0 };
}
