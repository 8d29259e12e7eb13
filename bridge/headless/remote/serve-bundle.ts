import { basename } from "node:path";
import type { ConnectionInfo } from "../../../core/protocol/frames.ts";
import { BUNDLE_CAPABILITIES, openBundle } from "../../bundles/bundle-store.ts";
import type { Config } from "../../config/load-config.ts";
import { Policies } from "../../policies/policies.ts";
import { HeadlessError } from "../headless-error.ts";
import { AbsentRemoteStore } from "./absent-remote-store.ts";
import type { RemoteAccess } from "./remote-access.ts";

/** What a bundle is called where a connection has its name. */
export const bundleName = (path: string): string => `bundle ${basename(path)}`;

/**
 * A bundle in place of a connection, which no bridge and no backend is needed for. Nothing is ever written to it.
 *
 * @throws ProtocolError "corrupt", "newer-format", "backend-failed"
 */
export async function serveBundle(path: string, config: Config): Promise<RemoteAccess> {
  const bundle = await openBundle(path);
  const policies = new Policies(config);
  const info: ConnectionInfo = {
    name: bundleName(path),
    backend: "bundle",
    // Of the page's side: what is written there is asked about.
    level: "confirm",
    capabilities: BUNDLE_CAPABILITIES,
    collections: bundle.head.collections.map(({ name }) => ({
      name,
      count: bundle.store(name)?.count ?? 0,
    })),
  };
  return {
    connections: async () => [info],
    async store(_connection, collection, mapping) {
      const store = bundle.store(collection);
      if ((store?.mapping === undefined) !== (mapping === undefined) && store !== undefined) {
        throw new HeadlessError(
          "usage",
          mapping === undefined
            ? `"${collection}" of ${info.name} is a table: name the mapping that it was read by with --mapping.`
            : `"${collection}" of ${info.name} is no table: leave --mapping out.`,
        );
      }
      return store ?? new AbsentRemoteStore(BUNDLE_CAPABILITIES);
    },
    policy: (name) => policies.get(name),
    async close() {
      await Promise.all([policies.close(), bundle.close()]);
    },
  };
}
