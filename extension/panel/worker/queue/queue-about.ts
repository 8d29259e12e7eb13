import { tableMappingOf } from "../../../../core/mapping/table-mapping.ts";
import type { QueueAbout } from "../../../../core/protocol/queue-frames.ts";
import { encodeTableMapping } from "../../../../core/protocol/table-mapping.ts";
import type { OutcomeList, Outcomes } from "../../../../core/session/outcomes.ts";
import type { BaseIdentity } from "../../../../core/session/ports.ts";
import { type MappingRecord, settingsOf } from "../mapping-store.ts";

/** For people: no queue is found by it. */
const NAME_LENGTH = 200;

/** Outcomes of a plan of which the rest waits in the bridge's queue. */
export const whileQueued = (outcomes: Outcomes): OutcomeList =>
  outcomes.list("It waits in the bridge's queue.");

/** What the bridge has to know to send an apply's operations without this panel. */
export function queueAboutOf(applyId: string, record: MappingRecord, base: BaseIdentity): QueueAbout {
  const { connection, collection, store } = record;
  const mapping = tableMappingOf(settingsOf(record));
  return {
    applyId,
    connection,
    collection,
    ...(mapping === undefined ? {} : { mapping: encodeTableMapping(mapping) }),
    incarnation: base.incarnation,
    origin: store.storageKey,
    store: `${store.database}/${store.store}`.slice(0, NAME_LENGTH).toWellFormed(),
  };
}
