import { expect } from "vitest";
import type { PageRecord } from "../../../support/page/page-store.ts";
import type { Scene } from "./bed.ts";

/** Compares both sides with what the test says that they hold, record by record. */
export async function expectSides(
  { local, remote }: Pick<Scene, "local" | "remote">,
  here: readonly PageRecord[],
  there: readonly PageRecord[] = here,
): Promise<void> {
  expect(await local.all()).toEqual(byId(here));
  expect(await remote.all()).toEqual(byId(there));
}

function byId(records: readonly PageRecord[]): PageRecord[] {
  return records.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}
