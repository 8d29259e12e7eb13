import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

/** A server that is no bridge, on a port where the panel looks for one. */
export interface Stranger {
  readonly port: number;
  /** What it was told by whoever connected. */
  readonly heard: readonly string[];
  /** May be closed more than once. */
  close(): Promise<void>;
}

/** Greets every WebSocket. @param port on 127.0.0.1; 0 = any that is free */
export function listenAsStranger(port: number): Promise<Stranger> {
  const heard: string[] = [];
  const server = createServer();
  new WebSocketServer({ server }).on("connection", (socket) => {
    socket.on("message", (data) => heard.push(String(data)));
    socket.send("hello");
  });
  return listen(server, port, heard);
}

/** Knows no WebSockets at all. */
export function serveWeb(): Promise<Stranger> {
  return listen(
    createServer((_request, response) => response.writeHead(404).end()),
    0,
    [],
  );
}

async function listen(server: Server, port: number, heard: readonly string[]): Promise<Stranger> {
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
