import { inject } from "vitest";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { DelayingProxy } from "../../support/delaying-proxy.ts";
import { lateApplication } from "../suites/late-application.ts";
import { freshBackend, freshFolder } from "./fresh-folder.ts";

lateApplication(async () => {
  const folder = freshFolder();
  const proxy = await DelayingProxy.before(Number(new URL(inject("hdfs")).port));
  return {
    proxy,
    direct: directBed(freshBackend({ folder })),
    slow: directBed(freshBackend({ folder, url: `http://127.0.0.1:${proxy.port}`, requestTimeoutMs: 3000 })),
    // A commit is one request: what is written goes to a DataNode before.
    says: "op=RENAME",
  };
});
