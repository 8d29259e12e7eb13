/**
 * A relational database behind the command line of Apache Sqoop 1.4.7.
 *
 * Every question and every write is a process that takes seconds, so what waits goes together: questions in one import,
 * operations in one export.
 */
import { rmSync } from "node:fs";
import type { Finding } from "../../../core/protocol/frames.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendSetUp,
  type BackendTables,
  defaultCapabilities,
  type RemoteBackend,
} from "../backend.ts";
import { DocumentCollection, type DocumentServer } from "../shared/document-collection.ts";
import { checkSqoop } from "./check-sqoop.ts";
import { Collections } from "./collections.ts";
import { CollectionMerges } from "./compare-and-set.ts";
import type { Dialect } from "./dialects/dialect.ts";
import { type CollectionRecords, RecordReader } from "./find-records.ts";
import { Inbox } from "./inbox.ts";
import { KeptCollection } from "./kept-rows.ts";
import { KeptScans } from "./kept-scans.ts";
import { oneLine } from "./options-file.ts";
import type { Queries } from "./queries.ts";
import { Questions } from "./questions.ts";
import { SqoopProgram, type SqoopSettings } from "./sqoop-program.ts";
import { PostgresqlTables } from "./tables/postgresql-tables.ts";
import { SqoopTables } from "./tables/sqoop-tables.ts";
import type { WorkFolder } from "./work-folder.ts";

/** Each is a process of Java. */
const PRICE =
  "Sqoop takes seconds for each run, whatever it carries: an apply is an export, an import that merges it and, where something is replaced or deleted, an import before them. Put what belongs together into one apply.";

/** Of 2,000 records each: so many that an export is as large as it may be. */
const PARTS_AT_ONCE = 28;

/** A question for fewer takes as long. */
const KEYS_AT_ONCE = 5_000;

export const sqoopCapabilities = ({ maxKeyBytes }: Dialect): BackendCapabilities => ({
  ...defaultCapabilities,
  partsAtOnce: PARTS_AT_ONCE,
  // Rows of different keys have no order of commits, so nothing can be told to lie after a checkpoint.
  changes: false,
  maxKeyBytes,
  keepsScans: true,
  caution: PRICE,
});

export class SqoopBackend implements RemoteBackend {
  readonly capabilities: BackendCapabilities;
  readonly setUp: BackendSetUp;
  readonly tables: BackendTables;
  /** Where its runs leave what they leave. */
  readonly work: WorkFolder;
  readonly #program: SqoopProgram;
  readonly #dialect: Dialect;
  readonly #questions: Questions;
  readonly #collections: Collections;
  readonly #documents: DocumentServer<CollectionRecords>;
  readonly #scans: KeptScans;

  /** Starts nothing before it is first asked for something. */
  constructor(settings: SqoopSettings, dialect: Dialect, queries: Queries = {}) {
    const program = new SqoopProgram(settings);
    const questions = new Questions(program, dialect);
    this.#program = program;
    this.work = program.work;
    this.#dialect = dialect;
    this.#questions = questions;
    this.#collections = new Collections(questions, dialect);
    const inbox = new Inbox(program, dialect, questions);
    this.#documents = this.#documentServer(inbox);
    this.#scans = new KeptScans(program.work);
    const tables = new PostgresqlTables({ program, questions, inbox, prefix: dialect.prefix, queries });
    this.tables = new SqoopTables(tables, this.#scans, { caution: PRICE, keepsScans: true });
    this.capabilities = sqoopCapabilities(dialect);
    this.setUp = { statements: () => dialect.definitions(), run: () => this.#define() };
  }

  collections(): Promise<{ name: string }[]> {
    return this.#collections.list();
  }

  collection(name: string): BackendCollection {
    return new KeptCollection(
      new DocumentCollection(this.#documents, name),
      this.#scans,
      JSON.stringify(["collection", name]),
    );
  }

  check(): Promise<readonly Finding[]> {
    return checkSqoop({ program: this.#program, dialect: this.#dialect, questions: this.#questions });
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  async #define(): Promise<void> {
    const folder = this.#program.work.runFolder();
    const query = oneLine(this.#dialect.setUp());
    try {
      await this.#program.run({
        tool: "eval",
        doing: "making tables",
        folder,
        options: [["--query", query]],
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  #documentServer(inbox: Inbox): DocumentServer<CollectionRecords> {
    const reader = new RecordReader(this.#questions, this.#dialect);
    const merges = new CollectionMerges(inbox, this.#dialect);
    const unlessGone = <Result>(name: string, work: Promise<Result>): Promise<Result> =>
      work.catch((error: unknown) => {
        if (error instanceof ProtocolError && error.code === "unknown-collection") {
          this.#collections.forget(name);
        }
        throw error;
      });
    return {
      product: "Sqoop",
      find: async (name, isLatest) => {
        const meta = await this.#collections.find(name, isLatest);
        return meta === undefined ? undefined : { meta, records: { name, incarnation: meta.incarnation } };
      },
      init: (name, init) => this.#collections.init(name, init),
      scan: (records, range, limit, signal) => reader.scan(records, range, limit, signal),
      findHeads: (records, keys) => unlessGone(records.name, reader.heads(records, keys)),
      windows: { first: KEYS_AT_ONCE, most: KEYS_AT_ONCE },
      findRecords: (records, keys) => unlessGone(records.name, reader.whole(records, keys)),
      write: (records, operations, writer) => {
        const find = (keys: readonly Uint8Array[]) => reader.whole(records, keys);
        return unlessGone(records.name, merges.write({ records, writer, find }, operations));
      },
    };
  }
}
