import { inject } from "vitest";

/** Options of tables that share their partitions: a thousand a table are too many for a small node. */
export const ONE_GROUP = "cache_group=somebodys_group";

/** What somebody else does there. @param cache Any that is there. @returns The rows. */
export async function runSql(cache: string, sql: string, url = inject("ignite")): Promise<unknown[][]> {
  const parameters = { cmd: "qryfldexe", cacheName: cache, pageSize: "1000", qry: sql };
  return ((await runRest(parameters, url)) as { items: unknown[][] }).items;
}

/** A command of somebody else. @returns Its response. */
export async function runRest(
  parameters: Readonly<Record<string, string>>,
  url = inject("ignite"),
): Promise<unknown> {
  const answer = await fetch(`${url}/ignite`, {
    method: "POST",
    body: new URLSearchParams(parameters),
  });
  const { successStatus, error, response } = (await answer.json()) as {
    successStatus: number;
    error: unknown;
    response: unknown;
  };
  if (successStatus !== 0) throw new Error(`${JSON.stringify(parameters)}: ${String(error)}`);
  return response;
}

/** A cache for SQL to be run through, made where it is missing. */
export async function someCache(): Promise<string> {
  await runRest({ cmd: "getorcreate", cacheName: "somebodys" });
  return "somebodys";
}
