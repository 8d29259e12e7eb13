import type { BaseIdentity } from "../../core/session/ports.ts";
import type { LocalDatabase } from "./local-database.ts";
import { withRoom } from "./storage-room.ts";

export interface StoredBase {
  readonly hash: string;
  readonly identity: BaseIdentity;
}

/** Every base of this browser, the oldest first. @throws BaseStoreError "storage-failed" */
export function listBases(db: LocalDatabase): Promise<readonly StoredBase[]> {
  return withRoom(db, "all mappings", () =>
    db.inTransaction("r", ["bases"], async ({ bases }) =>
      (await bases.toArray()).map(({ hash, identity }) => ({ hash, identity })),
    ),
  );
}
