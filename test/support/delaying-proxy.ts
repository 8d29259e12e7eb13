/** A proxy for TCP that keeps back what a client has sent, and delivers it later: also when the client has long hung up. */
import { connect, createServer, type Server, type Socket } from "node:net";

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** What the client sent since it is held, in order; undefined = it is not. */
  held: Buffer[] | undefined;
}

export class DelayingProxy {
  readonly #listener: Server;
  readonly #links = new Set<Link>();
  #marks: readonly string[] = [];

  private constructor(listener: Server, targetPort: number) {
    this.#listener = listener;
    listener.on("connection", (client) => this.#join(client, connect(targetPort, "127.0.0.1")));
  }

  /** @param targetPort On loopback, as the proxy's own. */
  static async before(targetPort: number): Promise<DelayingProxy> {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return new DelayingProxy(listener, targetPort);
  }

  get port(): number {
    const address = this.#listener.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return address.port;
  }

  get holds(): number {
    return Array.from(this.#links).filter(({ held }) => held !== undefined).length;
  }

  /** Connections from the moment on that they send one of these texts are held. */
  holdWhatSends(...marks: readonly string[]): void {
    this.#marks = marks;
  }

  /** Delivers what is held, and holds no more. Resolves when the server has answered each or hung up. */
  async release(): Promise<void> {
    this.#marks = [];
    await Promise.all(Array.from(this.#links, (link) => this.#deliver(link)));
  }

  async dispose(): Promise<void> {
    for (const { client, server } of this.#links) {
      client.destroy();
      server.destroy();
    }
    await new Promise((resolve) => this.#listener.close(resolve));
  }

  #join(client: Socket, server: Socket): void {
    const link: Link = { client, server, held: undefined };
    this.#links.add(link);
    client.on("data", (chunk) => this.#pass(link, chunk));
    server.on("data", (chunk) => client.writable && client.write(chunk));
    client.on("error", () => {});
    server.on("error", () => {});
    client.on("close", () => link.held === undefined && server.destroy());
    server.on("close", () => {
      client.destroy();
      this.#links.delete(link);
    });
  }

  #pass(link: Link, chunk: Buffer): void {
    if (link.held === undefined && this.#marks.some((mark) => chunk.includes(mark))) link.held = [];
    if (link.held === undefined) link.server.write(chunk);
    else link.held.push(chunk);
  }

  async #deliver(link: Link): Promise<void> {
    const { held, server, client } = link;
    if (held === undefined) return;
    link.held = undefined;
    const answered = new Promise<void>((resolve) => {
      server.once("data", () => resolve());
      server.once("close", () => resolve());
    });
    for (const chunk of held) server.write(chunk);
    await answered;
    if (client.destroyed) server.destroy();
  }
}
