import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { IgniteBackend } from "../../../bridge/backends/ignite/ignite-backend.ts";
import type { IgniteSettings } from "../../../bridge/backends/ignite/ignite-node.ts";

/** How the names of a test's own tables begin. */
export const freshPrefix = (): string => `test_${randomBytes(6).toString("hex")}`;

/** @param url Absent = the node of the project. */
export function igniteSettings(changed: Partial<IgniteSettings> = {}): IgniteSettings {
  const { url = inject("ignite") } = changed;
  return { where: `Ignite at ${url}`, url, prefix: freshPrefix(), requestTimeoutMs: 20_000, ...changed };
}

/** With its tables made. */
export async function freshBackend(changed: Partial<IgniteSettings> = {}): Promise<IgniteBackend> {
  const backend = new IgniteBackend(igniteSettings(changed));
  await backend.setUp.run();
  return backend;
}
