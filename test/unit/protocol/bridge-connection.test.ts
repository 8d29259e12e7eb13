import { expect, test } from "vitest";
import { BridgeConnection } from "../../../core/protocol/client/bridge-connection.ts";
import type { BridgeSocket } from "../../../core/protocol/client/bridge-socket.ts";
import { encodeFrame } from "../../../core/protocol/frame-codec.ts";
import type { BridgeFrame } from "../../../core/protocol/frames.ts";

/** A bridge that answers what it is told to. */
function connected() {
  const socket: BridgeSocket = {
    binaryType: "arraybuffer",
    readyState: 1,
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: () => {},
    close: () => {},
  };
  const connection = new BridgeConnection(socket, () => {});
  const answer = (bytes: Uint8Array): void => socket.onmessage?.({ data: bytes.slice().buffer });
  return { connection, answer };
}

const pong = (id: number): Uint8Array => encodeFrame({ t: "pong", id } as BridgeFrame);

const ask = (connection: BridgeConnection) =>
  connection.result({ t: "ping" }).then(
    () => "answered",
    ({ code }: { code: unknown }) => code,
  );

test("an answer of which nobody can tell whose it is leaves no request waiting", async () => {
  const { connection, answer } = connected();
  const both = Promise.all([ask(connection), ask(connection)]);
  answer(new Uint8Array([0xc1, 2, 3]));
  expect(await both).toEqual(["malformed-frame", "malformed-frame"]);
  const next = ask(connection);
  answer(pong(3));
  expect(await next).toBe("answered");
});

test("an answer that is not what was agreed on costs its own request", async () => {
  const { connection, answer } = connected();
  const [first, second] = [ask(connection), ask(connection)];
  answer(encodeFrame({ t: "nonsense", id: 1 } as never));
  expect(await first).toBe("unknown-frame");
  answer(pong(2));
  expect(await second).toBe("answered");
});
