import { afterAll, beforeAll, inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { type Delayed, lateApplication } from "../suites/late-application.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

let delayed: Delayed;
beforeAll(async () => {
  const table = freshTable();
  const proxy = await DelayingProxy.before(Number(new URL(inject("hbase")).port));
  delayed = {
    proxy,
    direct: directBed(await freshBackend({ table })),
    slow: directBed(
      await freshBackend({ table, url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 3000 }),
    ),
  };
});
afterAll(async () => {
  await delayed?.slow.dispose();
  await delayed?.direct.dispose();
  await delayed?.proxy.dispose();
});

lateApplication(() => delayed);
