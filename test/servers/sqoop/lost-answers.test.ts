import { afterAll, beforeAll } from "vitest";
import type { Bed } from "../../conformance/suite/bed.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { lostAnswers } from "../suites/lost-answers.ts";
import { freshBackend } from "./fresh-tables.ts";
import { PostgresqlServer } from "./postgresql-server.ts";

/** A server of their own, which these tests freeze and kill. */
let server: PostgresqlServer;
let bed: Bed;
beforeAll(async () => {
  server = await PostgresqlServer.start();
  bed = directBed(await freshBackend({ timeLimitMs: 30_000 }, server.port));
}, 600_000);
afterAll(async () => {
  await bed?.dispose();
  await server?.dispose();
});

lostAnswers(() => ({ server: server.victim, bed }));
