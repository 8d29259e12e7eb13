import type { RemoteRecords } from "../test/support/bridge/remote-records.ts";
import { changeFilm, newFilm } from "./app/change.ts";
import type { Film } from "./app/film.ts";
import { EDITS_THERE, type Edit } from "./edits.ts";

/** Makes the backend's edits as another writer would: compare-and-set through the bridge, without a panel. */
export async function editThere(remote: RemoteRecords): Promise<number> {
  // Side by side: where each question is a process, those of the same moment are one.
  await Promise.all(EDITS_THERE.map((edit) => applyEdit(remote, edit)));
  return EDITS_THERE.length;
}

async function applyEdit(remote: RemoteRecords, edit: Edit): Promise<void> {
  if (edit.do === "remove") return remote.delete(edit.id);
  if (edit.do === "add") return remote.put(edit.id, newFilm(edit.id, edit.number, edit.change));
  return remote.put(edit.id, changeFilm((await remote.get(edit.id)) as Film, edit.change));
}
