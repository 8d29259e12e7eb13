/** The page's frames, buckets, databases, stores and indexes as one list of visible tree lines. */
import type { IconName } from "../../components/icon.tsx";
import { count } from "../../format/numbers.ts";
import type { FrameNode, StoreRef } from "../../worker/api.ts";
import { databaseProblem } from "../states/page-problem.tsx";

export interface TreeNode {
  /** Unique and stable over refreshes: which nodes are open is kept by it. */
  readonly id: string;
  readonly level: number;
  readonly icon: IconName;
  readonly label: string;
  readonly title: string;
  /** Small text at the end: version, count, key path. */
  readonly note?: string;
  readonly parent?: string;
  readonly expandable: boolean;
  readonly open: boolean;
  readonly kind: "frame" | "bucket" | "database" | "store" | "index";
  /** Of stores and indexes. */
  readonly ref?: StoreRef;
  readonly index?: string;
  /** It cannot be read: why. */
  readonly problem?: string;
}

export interface TreeOptions {
  /** Nodes whose state differs from the default (everything open but stores). */
  readonly toggled: ReadonlySet<string>;
  /** Shows only stores whose name has this text, and what leads to them. */
  readonly find: string;
}

/** The lines from top to bottom; children of closed nodes are left out. */
export function treeNodes(frames: readonly FrameNode[], { toggled, find }: TreeOptions): readonly TreeNode[] {
  const wanted = find.trim().toLowerCase();
  const nodes: TreeNode[] = [];
  const isOpen = (id: string, byDefault: boolean) =>
    wanted !== "" ? byDefault : toggled.has(id) !== byDefault;

  for (const frame of frames) {
    const frameId = JSON.stringify(frame.path);
    const frameOpen = isOpen(frameId, true);
    const frameNode: TreeNode = {
      id: frameId,
      level: 1,
      icon: frame.path.length === 0 ? "page" : "frame",
      label: hostOf(frame),
      title: `${frame.url}\nstorage key ${frame.storageKey}`,
      expandable: frame.buckets.length > 0,
      open: frameOpen,
      kind: "frame",
      ...(frame.unreachable === undefined ? {} : { problem: frame.unreachable, note: "not reachable" }),
    };
    const inFrame: TreeNode[] = [];
    for (const bucket of frame.buckets) {
      const named = bucket.name !== "";
      const bucketId = JSON.stringify([frame.path, bucket.name]);
      const bucketOpen = named ? isOpen(bucketId, true) : true;
      const level = named ? 3 : 2;
      const inBucket: TreeNode[] = [];
      for (const database of bucket.databases) {
        const databaseId = JSON.stringify([frame.path, bucket.name, database.name]);
        const databaseOpen = isOpen(databaseId, true);
        const inDatabase: TreeNode[] = [];
        for (const store of database.stores) {
          if (wanted !== "" && !store.name.toLowerCase().includes(wanted)) continue;
          const storeId = JSON.stringify([frame.path, bucket.name, database.name, store.name]);
          const storeOpen = isOpen(storeId, false);
          const ref = {
            frame: frame.path,
            bucket: bucket.name,
            database: database.name,
            store: store.name,
          };
          inDatabase.push({
            id: storeId,
            level: level + 1,
            icon: "store",
            label: store.name,
            title: `${store.name}\nkey path ${keyPathText(store.keyPath)}${store.autoIncrement ? ", key generator" : ""}`,
            parent: databaseId,
            expandable: store.indexes.length > 0,
            open: storeOpen,
            kind: "store",
            ref,
            ...(store.count === undefined ? {} : { note: count(store.count) }),
          });
          if (!storeOpen) continue;
          for (const index of store.indexes)
            inDatabase.push({
              id: `${storeId} ${JSON.stringify(index.name)}`,
              level: level + 2,
              icon: "index",
              label: index.name,
              title: `index ${index.name}\nkey path ${keyPathText(index.keyPath)}${index.unique ? ", unique" : ""}${index.multiEntry ? ", an entry for each element" : ""}`,
              note: indexNote(index),
              parent: storeId,
              expandable: false,
              open: false,
              kind: "index",
              ref,
              index: index.name,
            });
        }
        if (wanted !== "" && inDatabase.length === 0) continue;
        inBucket.push({
          id: databaseId,
          level,
          icon: database.problem === undefined ? "db" : "lock",
          label: database.name,
          title:
            database.problem === undefined
              ? `${database.name}, version ${database.version}`
              : databaseProblem(database.problem),
          note: database.problem === undefined ? `v${database.version}` : "not open",
          parent: named ? bucketId : frameId,
          expandable: database.stores.length > 0,
          open: databaseOpen,
          kind: "database",
          ...(database.problem === undefined ? {} : { problem: databaseProblem(database.problem) }),
        });
        if (databaseOpen) inBucket.push(...inDatabase);
      }
      if (wanted !== "" && inBucket.length === 0) continue;
      if (named)
        inFrame.push({
          id: bucketId,
          level: 2,
          icon: "bucket",
          label: `bucket: ${bucket.name}`,
          title: `Storage bucket ${bucket.name}`,
          parent: frameId,
          expandable: bucket.databases.length > 0,
          open: bucketOpen,
          kind: "bucket",
        });
      if (bucketOpen) inFrame.push(...inBucket);
    }
    if (wanted !== "" && inFrame.length === 0) continue;
    nodes.push(frameNode);
    if (frameOpen) nodes.push(...inFrame);
  }
  return nodes;
}

export function keyPathText(path: string | readonly string[] | null): string {
  if (path === null) return "none (keys beside the values)";
  return typeof path === "string" ? path || "the value itself" : `[${path.join(", ")}]`;
}

function indexNote(index: { keyPath: string | readonly string[]; multiEntry: boolean }): string {
  if (index.multiEntry) return "multi";
  return typeof index.keyPath === "string" ? index.keyPath : `[${index.keyPath.length}]`;
}

function hostOf(frame: FrameNode): string {
  try {
    return new URL(frame.url).host || frame.url;
  } catch {
    return frame.origin;
  }
}
