import type { Finding } from "../../core/protocol/frames.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { RemoteBackend } from "./backend.ts";

/** What keeps a connection from being used; never throws. */
export async function checkBackend(backend: RemoteBackend): Promise<readonly Finding[]> {
  try {
    if (backend.check !== undefined) return await backend.check();
    const collections = await backend.collections();
    const said = `can be read, ${collections.length} collection${collections.length === 1 ? "" : "s"}`;
    return [{ about: "database", is: "right", said }];
  } catch (error) {
    return [{ about: "database", is: "wrong", said: messageOf(error) }];
  }
}
