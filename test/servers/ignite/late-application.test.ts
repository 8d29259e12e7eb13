import { afterAll, beforeAll, inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { type Delayed, lateApplication } from "../suites/late-application.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

let delayed: Delayed;
beforeAll(async () => {
  const prefix = freshPrefix();
  const proxy = await DelayingProxy.before(Number(new URL(inject("ignite")).port));
  delayed = {
    proxy,
    direct: directBed(await freshBackend({ prefix })),
    slow: directBed(
      await freshBackend({ prefix, url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 3000 }),
    ),
  };
});
afterAll(async () => {
  await delayed?.slow.dispose();
  await delayed?.direct.dispose();
  await delayed?.proxy.dispose();
});

lateApplication(() => delayed);
