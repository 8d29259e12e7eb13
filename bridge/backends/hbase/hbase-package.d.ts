/** What is used of the npm package `hbase`, which has no types of its own. */
declare module "hbase" {
  type Callback<Value> = (error: unknown, value: Value) => void;

  interface TableSchema {
    readonly ColumnSchema: readonly { readonly name: string; readonly VERSIONS?: string }[];
  }

  interface Table {
    schema(callback: Callback<TableSchema>): void;
    create(schema: TableSchema, callback: Callback<unknown>): void;
  }

  class Client {
    constructor(options: object);
    readonly connection: { readonly options: Record<string, unknown> };
    version_cluster(callback: Callback<{ readonly Version: string }>): void;
    tables(callback: Callback<readonly { readonly name: string }[] | null>): void;
    table(name: string): Table;
  }

  const hbase: { readonly Client: typeof Client };
  export default hbase;
}
