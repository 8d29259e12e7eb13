import type { RemoteRecords } from "../test/support/bridge/remote-records.ts";
import { changeFilm, newFilm } from "./app/change.ts";
import type { Film } from "./app/film.ts";
import { EDITS_THERE } from "./edits.ts";

/** Makes the backend's edits as another writer would: compare-and-set through the bridge, without a panel. */
export async function editThere(remote: RemoteRecords): Promise<number> {
  for (const edit of EDITS_THERE) {
    if (edit.do === "remove") await remote.delete(edit.id);
    else if (edit.do === "add") await remote.put(edit.id, newFilm(edit.id, edit.number, edit.change));
    else await remote.put(edit.id, changeFilm((await remote.get(edit.id)) as Film, edit.change));
  }
  return EDITS_THERE.length;
}
