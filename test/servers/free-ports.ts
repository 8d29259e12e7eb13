import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:net";

/**
 * Below those that systems give to outgoing connections, of which one could take the port of a server that is started
 * again, and above those that servers have by default.
 */
const [FIRST, BEHIND_LAST] = [20_000, 32_000];

/** Ports of 127.0.0.1 that nobody listens on now: all are held until the last is found. */
export async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(FIRST, BEHIND_LAST);
    const server = await listenOn(port);
    if (server !== undefined) held.set(port, server);
  }
  await Promise.all(Array.from(held.values(), (server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
}

export async function freePort(): Promise<number> {
  return (await freePorts(1))[0] as number;
}

/** Undefined where somebody else does. */
async function listenOn(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
    return server;
  } catch {
    return undefined;
  }
}
