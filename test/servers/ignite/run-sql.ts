import { inject } from "vitest";

/** What somebody else does there. @param cache Any that is there. */
export async function runSql(cache: string, sql: string): Promise<void> {
  const body = new URLSearchParams({ cmd: "qryfldexe", cacheName: cache, pageSize: "10", qry: sql });
  const answer = await fetch(`${inject("ignite")}/ignite`, { method: "POST", body });
  const { successStatus, error } = (await answer.json()) as { successStatus: number; error: unknown };
  if (successStatus !== 0) throw new Error(`${sql}: ${String(error)}`);
}
