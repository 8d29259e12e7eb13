/** What `driftscope bundle make` and `show` print with --json, and a schedule reads. */
import * as v from "valibot";
import { BUNDLE_FORMAT, type BundleHead, type BundleTotals } from "./bundle-file.ts";

const BundleFactsSchema = v.strictObject({
  path: v.string(),
  bytes: v.number(),
  id: v.string(),
  connection: v.string(),
  /** In milliseconds since 1970: between these every record was read. */
  startedAt: v.number(),
  endedAt: v.number(),
  collections: v.array(
    v.strictObject({
      name: v.string(),
      /** Of the page that it was made from, where that is known. */
      origin: v.exactOptional(v.string()),
      records: v.number(),
      /** Records that could not be read, or that no page can hold. */
      unread: v.number(),
    }),
  ),
});
export type BundleFacts = v.InferOutput<typeof BundleFactsSchema>;

export const BundleReportSchema = v.strictObject({
  format: v.literal(BUNDLE_FORMAT),
  bundle: v.exactOptional(BundleFactsSchema),
  error: v.exactOptional(v.strictObject({ code: v.string(), message: v.string() })),
  exitCode: v.number(),
});
export type BundleReport = v.InferOutput<typeof BundleReportSchema>;

export function bundleFacts(
  path: string,
  {
    head,
    totals,
    bytes,
  }: { readonly head: BundleHead; readonly totals: BundleTotals; readonly bytes: number },
): BundleFacts {
  const { id, connection, startedAt, collections } = head;
  return {
    path,
    bytes,
    id,
    connection,
    startedAt,
    endedAt: totals.endedAt,
    collections: collections.map(({ name, meta }, i) => ({
      name,
      ...(meta === undefined ? {} : { origin: meta.localSchema.identity.storageKey }),
      records: totals.counts[i]?.records ?? 0,
      unread: totals.counts[i]?.unread ?? 0,
    })),
  };
}
