/** The server of tutorials: a request a record, each written or read by a statement of its own. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Database from "libsql";

export interface RecordServer {
  /** With a slash at the end; a record's key comes after it. */
  readonly url: string;
  close(): Promise<void>;
}

/** Listens on a free port of 127.0.0.1, with a file of its own in the folder, as durable as the bridge's. */
export async function serveRecords(folder: string, number: number): Promise<RecordServer> {
  const database = new Database(join(folder, `row-by-row-${number}.sqlite3-file`));
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("CREATE TABLE records (id TEXT PRIMARY KEY, body TEXT NOT NULL)");
  const insert = database.prepare("INSERT OR REPLACE INTO records VALUES (?, ?)");
  const list = database.prepare("SELECT id FROM records ORDER BY id").raw();
  const get = database.prepare("SELECT body FROM records WHERE id = ?").raw();
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const key = decodeURIComponent((request.url ?? "/").slice(1));
    if (request.method === "PUT") {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      insert.run([key, Buffer.concat(chunks).toString()]);
      response.end();
    } else if (key === "") {
      response.end(JSON.stringify(list.all([]).flat()));
    } else {
      const [body] = get.get([key]) as [string];
      response.end(body);
    }
  };
  const server = createServer((request, response) => {
    response.setHeader("access-control-allow-origin", "*");
    response.setHeader("access-control-allow-headers", "content-type");
    response.setHeader("access-control-allow-methods", "GET, PUT");
    response.setHeader("access-control-max-age", "600");
    if (request.method === "OPTIONS") response.end();
    else answer(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      database.close();
    },
  };
}
