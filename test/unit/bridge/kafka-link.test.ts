import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { BrokerLink } from "../../../bridge/backends/kafka/client/broker-link.ts";
import { loadClient } from "../../../bridge/backends/kafka/client/load-client.ts";

test("a link is closed at the moment that a request on it is given up: the next one must not go that way", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket)).listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  try {
    const link = await BrokerLink.open(await loadClient(), { host: "127.0.0.1", port }, { timeoutMs: 50 });
    expect(link.isOpen).toBe(true);
    const isOpenAfter = link.ask(() => new Promise(() => {})).catch(() => link.isOpen);
    expect(await isOpenAfter).toBe(false);
  } finally {
    for (const socket of sockets) socket.destroy();
    silent.close();
  }
});
