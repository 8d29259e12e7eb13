/** Bodies for `LabPage.app`: databases as applications make them. */

const PRELUDE = `
  const done = (request) => new Promise((ok, no) => { request.onsuccess = () => ok(request.result); request.onerror = () => no(request.error); });
  const finished = (tx) => new Promise((ok, no) => { tx.oncomplete = () => ok(); tx.onabort = () => no(tx.error); });
  const openAt = (name, version, upgrade) => { const request = indexedDB.open(name, version); request.onupgradeneeded = () => upgrade?.(request.result, request.transaction); return done(request); };
`;

/** A body that has `done`, `finished` and `openAt` at hand. */
export function appBody(body: string): string {
  return `${PRELUDE}\n${body}`;
}

/** Database `name`: store "items" by "id", with a unique index "email" and an index "group". */
export function makeItems(name: string, count: number): string {
  return appBody(`
    const db = await openAt(${JSON.stringify(name)}, 3, (db) => {
      const items = db.createObjectStore("items", { keyPath: "id" });
      items.createIndex("email", "email", { unique: true });
      items.createIndex("group", "group");
    });
    const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
    for (let i = 0; i < ${count}; i++) store.put({ id: i, email: "p" + i + "@lab", group: i % 3, name: "Päge " + i, at: new Date(1e12 + i) });
    await finished(tx);
    db.close();
    return true;`);
}

/** The record under a key as JSON, read by the page itself. */
export function appGet(name: string, store: string, key: string): string {
  return appBody(`
    const db = await openAt(${JSON.stringify(name)});
    const value = await done(db.transaction(${JSON.stringify(store)}).objectStore(${JSON.stringify(store)}).get(${key}));
    db.close();
    return value === undefined ? null : JSON.parse(JSON.stringify(value));`);
}

/** Keeps the store "items" to itself, in a transaction that never ends by itself. */
export function holdItems(name: string): string {
  return appBody(`
    const db = await openAt(${JSON.stringify(name)});
    const tx = db.transaction("items", "readwrite"), store = tx.objectStore("items");
    const hold = window.hold = { ended: finished(tx).then(() => db.close()) };
    const again = () => { if (!hold.isOver) store.count().onsuccess = again; };
    await done(store.count());
    again();
    return true;`);
}

export const LET_ITEMS_GO = "window.hold.isOver = true; await window.hold.ended; return true;";

export function countItems(name: string): string {
  return appBody(`
    const db = await openAt(${JSON.stringify(name)});
    const count = await done(db.transaction("items").objectStore("items").count());
    db.close();
    return count;`);
}
