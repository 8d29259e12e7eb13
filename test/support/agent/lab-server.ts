import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** `/<policy>` is a page under that policy; `?script=<name>` adds a script of its own origin. */
const POLICIES: Readonly<Record<string, string>> = {
  plain: "",
  /** Neither blob workers nor eval: the agent runs on the page's thread. */
  strict: "script-src 'self'",
  /** Eval, but no worker. */
  workerless: "worker-src 'none'",
  trusted: "script-src 'self'; require-trusted-types-for 'script'",
};

export interface LabServer {
  readonly port: number;
  close(): Promise<void>;
}

export async function serveLab(scripts: Readonly<Record<string, string>>): Promise<LabServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://lab");
    const name = url.pathname.slice(1);
    const script = scripts[name];
    if (script !== undefined) {
      response.writeHead(200, { "content-type": "text/javascript" }).end(script);
      return;
    }
    const policy = POLICIES[name];
    if (policy === undefined) {
      response.writeHead(404).end();
      return;
    }
    const wanted = url.searchParams.get("script");
    response
      .writeHead(200, {
        "content-type": "text/html",
        ...(policy === "" ? {} : { "content-security-policy": policy }),
      })
      .end(
        `<!doctype html><link rel="icon" href="data:,"><title>lab</title>${wanted === null ? "" : `<script src="/${wanted}"></script>`}<p>A page.`,
      );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
