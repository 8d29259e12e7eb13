import { inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { lateApplication } from "../suites/late-application.ts";
import { freshBackend, freshTable } from "./fresh-table.ts";

lateApplication(async () => {
  const table = freshTable();
  const proxy = await DelayingProxy.before(Number(new URL(inject("hbase")).port));
  return {
    proxy,
    direct: directBed(await freshBackend({ table })),
    slow: directBed(
      await freshBackend({ table, url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 3000 }),
    ),
  };
});
