import { inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { lateApplication } from "../suites/late-application.ts";
import { backendOn, setUpBackendOn } from "./fresh-backend.ts";
import { freshKeyspace } from "./fresh-keyspace.ts";

lateApplication(async () => {
  const [, port] = inject("cassandra").split(":");
  const proxy = await DelayingProxy.before(Number(port));
  const keyspace = await freshKeyspace();
  const direct = await setUpBackendOn(keyspace);
  const slow = backendOn(keyspace, { contactPoints: [`127.0.0.1:${proxy.port}`], requestTimeoutMs: 3000 });
  return { proxy, direct: directBed(direct), slow: directBed(slow) };
});
