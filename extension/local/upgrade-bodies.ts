/** From format 1 of the bodies, an array of texts a row, to columns. */
import { BodyColumnBuilder } from "./body-column.ts";
import { BASE_FORMAT, type BaseRow, type LocalTables } from "./local-database.ts";
import { storedSize } from "./stored-bodies.ts";

interface BodiesRow1 {
  readonly base: number;
  readonly first: Uint8Array;
  readonly texts: readonly (string | null)[];
  readonly usedAt: number;
}

/** Runs inside the transaction of the upgrade: all or nothing. */
export async function upgradeBodies({
  bases,
  bodies,
  uses,
}: Pick<LocalTables, "bases" | "bodies" | "uses">): Promise<void> {
  const bytesOf = new Map<number, number>();
  // A row at a time: together they can be larger than memory should hold.
  for (const key of await bodies.toCollection().primaryKeys()) {
    const row = (await bodies.get(key)) as unknown as BodiesRow1;
    const { base, first, usedAt } = row;
    const builder = new BodyColumnBuilder();
    for (const text of row.texts) builder.push(text ?? undefined);
    const plain = builder.build();
    if (plain === undefined) {
      await bodies.delete(key);
      continue;
    }
    const size = storedSize({ plain });
    await bodies.put({ base, first, bodies: { plain } });
    await uses.put({ base, first, size, usedAt, packed: 0 });
    bytesOf.set(base, (bytesOf.get(base) ?? 0) + size);
  }
  await bases.toCollection().modify((row: BaseRow & { bodyUnits?: number }) => {
    delete row.bodyUnits;
    row.format = BASE_FORMAT;
    row.bodyBytes = bytesOf.get(row.id ?? 0) ?? 0;
  });
}
