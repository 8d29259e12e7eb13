/** Values that a scope takes from the page: read, compared with what the person agreed to, and agreed to anew. */
import { decodeValue } from "../../../../core/codec/decode-value.ts";
import { fromHex } from "../../../../core/key/hex.ts";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { MappingSettings } from "../../../../core/mapping/mapping-settings.ts";
import { slotAt } from "../../../../core/mapping/record-paths.ts";
import type { ScopeLiteral, ScopeParameter } from "../../../../core/mapping/scope.ts";
import type { LocalStore } from "../../../../core/session/ports.ts";
import type { StoreRef } from "../api.ts";
import { PanelError } from "../panel-error.ts";

export interface ScopePage {
  localStore(ref: StoreRef): LocalStore;
}

/** A value in the page that is not the one that was agreed to. */
export interface ChangedValue {
  readonly name: string;
  readonly was: ScopeLiteral;
  readonly is: ScopeLiteral;
}

/**
 * What the page says now.
 *
 * @param ref The mapped store: the other one is in its frame and bucket.
 * @throws PanelError "no-scope-value" where there is none, or none that a column can be compared with.
 */
export async function readScopeValue(
  page: ScopePage,
  ref: StoreRef,
  { database, store, key, path }: ScopeParameter["from"],
): Promise<ScopeLiteral> {
  const where = `${path.join(".") || "the record"} of ${store} in ${database}`;
  for await (const [record] of page.localStore({ ...ref, database, store }).read([fromHex(key)])) {
    if (record?.body === undefined) break;
    const slot = slotAt(decodeValue(record.body), path);
    const value = slot instanceof NotRepresentable || !slot.present ? undefined : slot.value;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    throw new PanelError(
      "no-scope-value",
      `The scope takes a value from ${where}, and there is no text, number or boolean.`,
    );
  }
  throw new PanelError(
    "no-scope-value",
    `The scope takes a value from ${where}, and that record is not there.`,
  );
}

/** Decision 18: nothing is read or written in a scope that the person has not agreed to. @throws PanelError */
export async function requireConsent(
  page: ScopePage,
  ref: StoreRef,
  settings: MappingSettings,
): Promise<void> {
  const changed = await changedValues(page, ref, settings);
  if (changed.length === 0) return;
  const words = changed.map(
    ({ name, was, is }) => `"${name}" is ${JSON.stringify(is)} now, and was ${JSON.stringify(was)}`,
  );
  throw new PanelError(
    "scope-changed",
    `The page has another value for this mapping's scope: ${words.join("; ")}. Nothing is read or written until you agree to it.`,
  );
}

/** The settings with the page's values of now agreed to, if they are still those that were shown. */
export async function withConsent(
  page: ScopePage,
  ref: StoreRef,
  settings: MappingSettings,
  shown: Readonly<Record<string, ScopeLiteral>>,
): Promise<MappingSettings> {
  const { scope } = settings;
  if (scope === undefined) return settings;
  const parameters: ScopeParameter[] = [];
  for (const parameter of scope.parameters ?? []) {
    const now = await readScopeValue(page, ref, parameter.from);
    if (now !== parameter.consented && now !== shown[parameter.name]) {
      throw new PanelError(
        "scope-changed",
        `"${parameter.name}" changed once more: it is ${JSON.stringify(now)} now.`,
      );
    }
    parameters.push({ ...parameter, consented: now });
  }
  return { ...settings, scope: { ...scope, parameters } };
}

export async function changedValues(
  page: ScopePage,
  ref: StoreRef,
  { scope }: MappingSettings,
): Promise<readonly ChangedValue[]> {
  const changed: ChangedValue[] = [];
  for (const { name, from, consented } of scope?.parameters ?? []) {
    const is = await readScopeValue(page, ref, from);
    if (is !== consented) changed.push({ name, was: consented, is });
  }
  return changed;
}
