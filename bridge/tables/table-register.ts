/**
 * What the bridge keeps about somebody's tables, in its own data folder and never in their database: the meta
 * records of the mappings (decision 12), and which mapping writes a table.
 *
 *     <data>/tables/<connection>/<hash of the table's name>.json
 */
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { boundScopeId } from "../../core/mapping/mapping-identity.ts";
import { areDisjoint, type BoundScope } from "../../core/mapping/scope.ts";
import {
  decodeCollectionInit,
  decodeCollectionMeta,
  encodeCollectionInit,
  encodeCollectionMeta,
} from "../../core/protocol/collection-meta.ts";
import { BoundScopeSchema } from "../../core/protocol/mapping-settings.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import type { CollectionInit, CollectionMeta } from "../../core/session/ports.ts";

const FileSchema = v.object({
  format: v.literal(1),
  table: v.string(),
  /** As BackendTables.identity told it: with another one, the incarnation is another. */
  identity: v.string(),
  incarnation: v.pipe(v.string(), v.uuid()),
  /** In the order they were made: the first one writes. */
  mappings: v.array(
    v.object({
      projectionId: v.string(),
      scope: v.exactOptional(BoundScopeSchema),
      /** JSON text, since names may hold lone surrogates. */
      init: v.string(),
    }),
  ),
});
type TableFile = v.InferOutput<typeof FileSchema>;

/** A mapping of a table, as far as others have to know it. */
export interface RegisteredView {
  readonly connection: string;
  readonly table: string;
  readonly identity: string;
  readonly projectionId: string;
  readonly scope: BoundScope | undefined;
}

export class TableRegister {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Undefined when this mapping was never made here. */
  meta(view: RegisteredView): CollectionMeta | undefined {
    const file = this.#read(view);
    const mapping = file?.mappings.find((one) => isSameView(one, view));
    return file && mapping && toMeta(file, decodeCollectionInit(mapping.init));
  }

  /** Idempotent. @throws ProtocolError "projection-mismatch" */
  init(view: RegisteredView, init: CollectionInit): CollectionMeta {
    if (init.projectionId !== view.projectionId) {
      throw new ProtocolError(
        "projection-mismatch",
        "The mapping's projection is not the one of its columns.",
      );
    }
    const file = this.#read(view) ?? newFile(view);
    const known = file.mappings.find((one) => isSameView(one, view));
    if (known !== undefined) return toMeta(file, decodeCollectionInit(known.init));
    const { projectionId, scope } = view;
    const mapping = {
      projectionId,
      init: encodeCollectionInit(init),
      ...(scope === undefined ? {} : { scope }),
    };
    const changed = { ...file, mappings: [...file.mappings, mapping] };
    this.#write(view, changed);
    return toMeta(changed, init);
  }

  /** The mapping is gone: what it wrote may be written by another. */
  release(view: RegisteredView): void {
    const file = this.#read(view);
    if (file === undefined) return;
    this.#write(view, { ...file, mappings: file.mappings.filter((one) => !isSameView(one, view)) });
  }

  /** Why this mapping may not write: another one does already (decision 12). */
  writtenByAnother(view: RegisteredView): string | undefined {
    for (const one of this.#read(view)?.mappings ?? []) {
      if (isSameView(one, view)) return undefined;
      const isOtherProjection = one.projectionId !== view.projectionId;
      if (!isOtherProjection && areDisjoint(one.scope, view.scope)) continue;
      const { database, store } = decodeCollectionInit(one.init).localSchema.identity;
      const what = isOtherProjection ? "with other columns" : "in an overlapping scope";
      return `The table ${JSON.stringify(view.table)} is written by another mapping already, ${what}: that of the store ${JSON.stringify(`${database}/${store}`)}. This one is read-only, so that neither undoes the other. Remove that mapping to write with this one.`;
    }
    return undefined;
  }

  #read(view: RegisteredView): TableFile | undefined {
    let text: string;
    try {
      text = readFileSync(this.#pathOf(view), "utf8");
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
      throw error;
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), FileSchema), text);
    if (!parsed.success || parsed.output.table !== view.table) {
      throw new ProtocolError(
        "corrupt",
        `${this.#pathOf(view)} is not what the bridge wrote there: move it away, and make the mapping anew.`,
      );
    }
    const file = parsed.output;
    if (file.identity === view.identity) return file;
    // Another database or table of the same name: what was known of the one before is not known of this one.
    const renewed = { ...file, identity: view.identity, incarnation: randomUUID() };
    this.#write(view, renewed);
    return renewed;
  }

  /** Whole or not at all. */
  #write(view: RegisteredView, file: TableFile): void {
    const path = this.#pathOf(view);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.new`;
    writeFileSync(temporary, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
  }

  #pathOf({ connection, table }: RegisteredView): string {
    const hash = createHash("sha256").update(table).digest("hex").slice(0, 16);
    return join(this.#folder, connection, `${hash}.json`);
  }
}

const newFile = ({ table, identity }: RegisteredView): TableFile => ({
  format: 1,
  table,
  identity,
  incarnation: randomUUID(),
  mappings: [],
});

function isSameView(mapping: TableFile["mappings"][number], view: RegisteredView): boolean {
  return (
    mapping.projectionId === view.projectionId && boundScopeId(mapping.scope) === boundScopeId(view.scope)
  );
}

function toMeta({ incarnation }: TableFile, init: CollectionInit): CollectionMeta {
  // Through the codec, which checks it.
  return decodeCollectionMeta(
    encodeCollectionMeta({ ...init, format: 1, incarnation, purgeWatermark: 0, fenceEpoch: 0 }),
  );
}
