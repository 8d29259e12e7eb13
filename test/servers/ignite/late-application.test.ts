import { inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { lateApplication } from "../suites/late-application.ts";
import { freshBackend, freshPrefix } from "./fresh-tables.ts";

lateApplication(async () => {
  const prefix = freshPrefix();
  const proxy = await DelayingProxy.before(Number(new URL(inject("ignite")).port));
  return {
    proxy,
    direct: directBed(await freshBackend({ prefix })),
    slow: directBed(
      await freshBackend({ prefix, url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 3000 }),
    ),
  };
});
