import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface PageServer {
  /** With a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves `/` as a page that runs `/page.js`, and the scripts given by name, on a free port of 127.0.0.1. */
export async function servePage(scripts: Readonly<Record<string, string>>): Promise<PageServer> {
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
    if (script !== undefined) {
      response.writeHead(200, { "content-type": "text/javascript; charset=utf-8" }).end(script);
    } else if (name === "") {
      response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(PAGE);
    } else {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const PAGE = `<!doctype html><html lang="en"><title>Benchmark</title><script src="/page.js"></script></html>`;
