import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, describe, expect, test } from "vitest";
import {
  type MessageChannelLike,
  RemoteCallError,
  RpcPeer,
  toWorkerError,
} from "../../../extension/panel/worker/rpc.ts";

interface Calculator {
  add(a: number, b: number): Promise<number>;
  echo(bytes: Uint8Array): Promise<Uint8Array>;
  fail(): Promise<never>;
  never(): Promise<never>;
  toString(): string;
}
interface Events {
  ticked: { readonly count: number };
}

const ports: MessagePort[] = [];
afterEach(() => {
  for (const port of ports.splice(0)) port.close();
});

function asChannel(port: MessagePort): MessageChannelLike {
  ports.push(port);
  return {
    postMessage: (message) => port.postMessage(message),
    addEventListener: (_type, listener) => {
      port.on("message", (data: unknown) => listener({ data }));
    },
  };
}

function connect() {
  const { port1, port2 } = new MessageChannel();
  const served = {
    add: async (a: number, b: number) => a + b,
    echo: async (bytes: Uint8Array) => bytes,
    fail: async () => {
      throw Object.assign(new Error("The bridge refused the key."), { code: "refused", details: "hmac" });
    },
    never: () => new Promise<never>(() => undefined),
  };
  const server = new RpcPeer<object, object, Events>(asChannel(port1), served);
  const client = new RpcPeer<Calculator, Events, object>(asChannel(port2), {});
  return { server, client };
}

describe("calls", () => {
  test("answer with what the method gave, many at a time", async () => {
    const { client } = connect();
    const sums = await Promise.all([1, 2, 3].map((n) => client.remote.add(n, 10)));
    expect(sums).toEqual([11, 12, 13]);
    expect(await client.remote.echo(Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2));
  });

  test("keep code, message and details of a typed error", async () => {
    const { client } = connect();
    const error = await client.remote.fail().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(RemoteCallError);
    expect(error).toMatchObject({ code: "refused", message: "The bridge refused the key.", details: "hmac" });
  });

  test("reach own methods only", async () => {
    const { client } = connect();
    const inherited = client.remote as unknown as Record<string, () => Promise<unknown>>;
    for (const name of ["toString", "constructor", "__proto__", "missing"]) {
      await expect(inherited[name]?.()).rejects.toMatchObject({
        message: `No method "${name}" is served here.`,
      });
    }
  });

  test("that cannot be sent fail at once, and the channel goes on", async () => {
    const { client } = connect();
    const unsendable = (() => 1) as unknown as Uint8Array;
    await expect(client.remote.echo(unsendable)).rejects.toThrow();
    expect(await client.remote.add(1, 1)).toBe(2);
  });

  test("without an answer are rejected when the channel is given up", async () => {
    const { client } = connect();
    const waiting = client.remote.never();
    client.fail({ code: "worker-died", message: "gone" });
    await expect(waiting).rejects.toMatchObject({ code: "worker-died" });
  });

  test("a remote is no promise", async () => {
    const { client } = connect();
    expect(await Promise.resolve(client.remote)).toBe(client.remote);
  });
});

test("events reach every listener until it is taken away", async () => {
  const { server, client } = connect();
  const seen: string[] = [];
  const stop = client.on("ticked", ({ count }) => seen.push(`a${count}`));
  client.on("ticked", ({ count }) => seen.push(`b${count}`));
  server.emit("ticked", { count: 1 });
  await client.remote.add(0, 0);
  stop();
  server.emit("ticked", { count: 2 });
  await client.remote.add(0, 0);
  expect(seen).toEqual(["a1", "b1", "b2"]);
});

test("an untyped error is internal and carries its stack for the report", () => {
  expect(toWorkerError("text")).toEqual({ code: "internal", message: "text" });
  const error = toWorkerError(new RangeError("out of range"));
  expect(error).toMatchObject({ code: "internal", message: "out of range" });
  expect(error.details).toContain("RangeError");
});

test("the code is that of what really happened, the way up stands in the details", () => {
  const agent = Object.assign(new Error("The page stands at a breakpoint."), { code: "paused" });
  const session = Object.assign(new Error("Scanning the page failed: paused.", { cause: agent }), {
    code: "scan-failed",
  });
  expect(toWorkerError(session)).toEqual({
    code: "paused",
    message: "Scanning the page failed: paused.",
    details: "scan-failed < paused",
  });
  const circular = new Error("around");
  circular.cause = circular;
  expect(toWorkerError(circular).code).toBe("internal");
});
