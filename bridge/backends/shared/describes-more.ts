import { newerDescription } from "../../../core/mapping/newer-description.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../../core/session/ports.ts";

/** Whether the page knows more of its database than the collection does. @throws ProtocolError "projection-mismatch" */
export function describesMore(meta: CollectionMeta, init: CollectionInit): boolean {
  if (meta.projectionId === init.projectionId) {
    return newerDescription(meta.localSchema, init.localSchema) !== meta.localSchema;
  }
  throw new ProtocolError(
    "projection-mismatch",
    `The collection ${JSON.stringify(meta.collection)} was made with another projection of the records: map it with the same fields, or use another collection.`,
  );
}
