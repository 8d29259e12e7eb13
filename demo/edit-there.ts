import { decodeValue } from "../core/codec/decode-value.ts";
import { encodeValue } from "../core/codec/encode-value.ts";
import { Digester } from "../core/digest/digester.ts";
import { encodeKey } from "../core/key/encode-key.ts";
import type { RecordRead, RemoteStore, RemoteWrite } from "../core/session/ports.ts";
import { changeFilm, newFilm } from "./app/change.ts";
import type { Film } from "./app/film.ts";
import { EDITS_THERE, type Edit } from "./edits.ts";

/** Makes the backend's edits as another writer would: compare-and-set through the bridge, without a panel. */
export async function editThere(remote: RemoteStore): Promise<number> {
  const edits = EDITS_THERE.map((edit) => ({ edit, key: encodeKey(edit.id) }));
  const records = await readAll(
    remote,
    edits.map(({ key }) => key),
  );
  const digester = new Digester();
  const writes = edits.map(({ edit, key }): RemoteWrite => {
    const record = records.get(edit.id);
    return {
      opId: crypto.randomUUID(),
      key,
      expect: record?.token ?? null,
      write: writeOf(edit, record, digester),
    };
  });
  const outcomes = await remote.write(writes, { applyId: crypto.randomUUID() });
  const refused = outcomes.filter(({ status }) => status !== "applied");
  if (refused.length > 0) throw new Error(`the backend refused edits: ${JSON.stringify(refused)}`);
  return edits.length;
}

function writeOf(edit: Edit, record: RecordRead | undefined, digester: Digester): RemoteWrite["write"] {
  if (edit.do === "remove") return "delete";
  const film =
    edit.do === "add"
      ? newFilm(edit.id, edit.number, edit.change)
      : changeFilm(filmOf(edit.id, record), edit.change);
  return { body: encodeValue(film), digest: digester.digest(film) };
}

function filmOf(id: string, record: RecordRead | undefined): Film {
  if (record?.body === undefined) throw new Error(`the backend has no film ${id}`);
  return decodeValue(record.body) as Film;
}

/** What the backend holds now of the films to edit, by id. */
async function readAll(
  remote: RemoteStore,
  keys: readonly Uint8Array[],
): Promise<ReadonlyMap<string, RecordRead>> {
  const ids = new Map(EDITS_THERE.map(({ id }) => [String(encodeKey(id)), id]));
  const found = new Map<string, RecordRead>();
  const ascending = keys.toSorted((a, b) => Buffer.compare(a, b));
  for await (const chunk of remote.read(ascending)) {
    for (const record of chunk) {
      const id = ids.get(String(record.key));
      if (id !== undefined && record.state === "present") found.set(id, record);
    }
  }
  return found;
}
