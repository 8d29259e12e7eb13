import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface BlankPage {
  /** Address of the page, with a slash at the end. The same page is at every path below it. */
  readonly url: string;
  close(): Promise<void>;
}

const HTML = `<!doctype html>
<html lang="en">
  <link rel="icon" href="data:,">
  <title>Page under test</title>
  <h1>Page under test</h1>
</html>`;

/** Serves a page without a script of its own, on an origin of its own. By default its policy forbids foreign ones. */
export async function serveBlankPage({ strict = true } = {}): Promise<BlankPage> {
  const policy = strict ? { "content-security-policy": "script-src 'self'" } : {};
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html", ...policy });
    response.end(HTML);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
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
