/**
 * A database that is known by its JDBC driver alone, behind Apache Sqoop: its tables and queries can be read, compared and
 * pulled. Collections of Driftscope need SQL of the database's own (dialects), as every write does.
 */
import type { Finding } from "../../../../core/protocol/frames.ts";
import {
  type BackendCapabilities,
  type BackendCollection,
  type BackendTables,
  defaultCapabilities,
  type RemoteBackend,
} from "../../backend.ts";
import { BackendError } from "../../backend-error.ts";
import { type Check, runChecks } from "../../shared/run-checks.ts";
import { checkVersion } from "../check-sqoop.ts";
import { KeptScans } from "../kept-scans.ts";
import type { Queries } from "../queries.ts";
import { SqoopProgram, type SqoopSettings } from "../sqoop-program.ts";
import { SqoopTables } from "../tables/sqoop-tables.ts";
import { JdbcCatalog } from "./jdbc-catalog.ts";
import { JdbcImports } from "./jdbc-imports.ts";
import { JdbcTables, READ_ONLY } from "./jdbc-tables.ts";

interface Subject {
  readonly program: SqoopProgram;
  readonly catalog: JdbcCatalog;
}

const CHECKS: readonly Check<Subject>[] = [
  { about: "sqoop", look: checkVersion },
  { about: "database", look: checkDatabase },
];

export class JdbcBackend implements RemoteBackend {
  readonly capabilities: BackendCapabilities = {
    ...defaultCapabilities,
    canFence: false,
    tombstones: false,
    changes: false,
    keepsScans: true,
  };
  readonly tables: BackendTables;
  readonly #program: SqoopProgram;
  readonly #catalog: JdbcCatalog;

  /** Starts nothing before it is first asked for something. */
  constructor(settings: SqoopSettings, queries: Queries = {}) {
    const program = new SqoopProgram(settings);
    const imports = new JdbcImports(program);
    const catalog = new JdbcCatalog(program, imports);
    this.#program = program;
    this.#catalog = catalog;
    const tables = new JdbcTables({ program, imports, catalog, queries });
    this.tables = new SqoopTables(tables, new KeptScans(program.work), { keepsScans: true });
  }

  async collections(): Promise<never[]> {
    return [];
  }

  collection(): BackendCollection {
    return noCollection;
  }

  check(): Promise<readonly Finding[]> {
    return runChecks({ program: this.#program, catalog: this.#catalog }, CHECKS);
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}

async function checkDatabase({ catalog }: Subject): Promise<Finding[]> {
  const { length } = await catalog.list();
  const said = `can be read, ${length} table${length === 1 ? "" : "s"} and views`;
  return [
    { about: "database", is: "right", said },
    { about: "writing", is: "doubtful", said: READ_ONLY },
  ];
}

function refuse(): never {
  throw new BackendError("unsupported", `There are no collections here: map one of its tables. ${READ_ONLY}`);
}

const noCollection: BackendCollection = {
  meta: async () => undefined,
  init: async () => refuse(),
  scan: refuse,
  lookup: async () => refuse(),
  read: refuse,
  write: async () => refuse(),
  changes: refuse,
};
