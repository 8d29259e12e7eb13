/** An application of its own for each test: a page that opens its database as applications do. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** Version 3 with three stores; what it holds is the test's business. */
const APPLICATION = `
const opening = indexedDB.open("shop", 3);
opening.onupgradeneeded = () => {
  const db = opening.result;
  const orders = db.createObjectStore("orders", { keyPath: "id" });
  orders.createIndex("byTag", "tags", { multiEntry: true });
  orders.createIndex("byCode", "code", { unique: true });
  db.createObjectStore("notes", { autoIncrement: true });
  db.createObjectStore("tickets", { keyPath: "meta.no", autoIncrement: true }).createIndex("byBoth", ["a", "b"]);
};
opening.onsuccess = () => {
  opening.result.onversionchange = () => opening.result.close();
  document.title = "ready";
};
`;

export class ShopServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  }

  static async start(): Promise<ShopServer> {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" });
      response.end(`<!doctype html><title>shop</title><script>${APPLICATION}</script>`);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ShopServer(server);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
