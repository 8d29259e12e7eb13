import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import { repositoryRoot } from "../test/support/repository.ts";

export interface DemoServer {
  /** Address of the application, with a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
};

/** The package publishes no entry for its data files. */
const MOVIES = join(repositoryRoot, "node_modules/vega-datasets/data/movies.json");

/** Serves the built application and its data on a free loopback port, under a strict policy for scripts. */
export async function serveDemo(): Promise<DemoServer> {
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => close(server) };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? "/", "http://demo");
  const file = fileOf(pathname);
  const body = file && (await readFile(file).catch(() => undefined));
  if (!file || !body) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    "content-type": TYPES[extname(file)] ?? "application/octet-stream",
    // Without workers Driftscope works, too, but the browser writes into the console that it refused one.
    "content-security-policy": "script-src 'self'; worker-src 'self' blob:",
    "cache-control": "no-store",
  });
  response.end(body);
}

/** `URL` has resolved every "..": what is left stays below the folder. */
function fileOf(pathname: string): string | undefined {
  if (pathname === "/movies.json") return MOVIES;
  const path = pathname === "/" ? "/index.html" : decodeURIComponent(pathname);
  return path.includes("..") ? undefined : join(repositoryRoot, "dist/demo", path);
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
