import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { encodeValue } from "../../core/codec/encode-value.ts";
import { Digester } from "../../core/digest/digester.ts";
import { encodeKey } from "../../core/key/encode-key.ts";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { RemoteStore } from "../../core/session/ports.ts";
import { initOf } from "../conformance/suite/bed.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { isLinearizable, type RegisterCall } from "../support/linearizability/linearizable.ts";
import { size } from "../support/models/runs.ts";
import { seededRandom } from "../support/models/seeded-random.ts";

const REGISTERS = 4;
const CLIENTS_OF_A_BRIDGE = 4;
const CALLS = size(60, 600);
const KILLS = size(3, 20);

const bridges: TestBridge[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const bridge of bridges.splice(0)) await bridge.dispose();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A client that reads and writes the registers, and notes what it was answered. */
class Client {
  readonly calls: RegisterCall[][] = Array.from({ length: REGISTERS }, () => []);
  readonly #remote: RemoteStore;
  readonly #clock: () => number;
  readonly #random: () => number;
  readonly #seen: (string | null)[] = Array.from({ length: REGISTERS }, () => null);
  readonly #digester = new Digester();

  constructor(remote: RemoteStore, clock: () => number, random: () => number) {
    this.#remote = remote;
    this.#clock = clock;
    this.#random = random;
  }

  async call(): Promise<void> {
    const register = Math.floor(this.#random() * REGISTERS);
    if (this.#random() < 0.4) await this.#read(register);
    else await this.#compareAndSet(register);
  }

  async #read(register: number): Promise<void> {
    const start = this.#clock();
    for await (const [record] of this.#remote.read([encodeKey(register)])) {
      const token = record?.token ?? null;
      this.#seen[register] = token;
      this.calls[register]?.push({ do: "read", start, end: this.#clock(), token });
    }
  }

  async #compareAndSet(register: number): Promise<void> {
    const opId = crypto.randomUUID();
    const expect = this.#seen[register] ?? null;
    const token = `${Number.parseInt(expect ?? "0", 10) + 1}.${opId}`;
    const value = { opId };
    const write = { body: encodeValue(value), digest: this.#digester.digest(value) };
    const start = this.#clock();
    const operation = { opId, key: encodeKey(register), expect, write };
    const [outcome] = await this.#remote.write([operation], { applyId: opId });
    const end = this.#clock();
    const call = { do: "compare-and-set", start, expect, token } as const;
    const note = (one: RegisterCall) => void this.calls[register]?.push(one);
    if (outcome?.status === "applied") {
      if (outcome.token !== token) throw new Error(`the token is ${outcome.token}, not ${token}`);
      this.#seen[register] = token;
      note({ ...call, end, answer: "applied" });
    } else if (outcome?.status === "conflict") {
      this.#seen[register] = outcome.current.token ?? null;
      note({ ...call, end, answer: "missed" });
    } else if (outcome?.status === "unknown") {
      note({ ...call, end: Number.POSITIVE_INFINITY, answer: "unknown" });
    } else throw new Error(`the backend answered ${JSON.stringify(outcome)}`);
  }
}

/** Two bridges on one database file; answers them with clients of each. */
async function openRegisters(): Promise<{ bridge: TestBridge; clients: BridgeClient[] }[]> {
  const folder = mkdtempSync(join(tmpdir(), "driftscope-registers-"));
  folders.push(folder);
  const config = { connections: { local: { backend: "sqlite", file: join(folder, "registers.db") } } };
  const both = [await TestBridge.start(config), await TestBridge.start(config)];
  bridges.push(...both);
  return Promise.all(
    both.map(async (bridge) => {
      const clients: BridgeClient[] = [];
      for (let i = 0; i < CLIENTS_OF_A_BRIDGE; i++) clients.push((await bridge.pair()).client);
      return { bridge, clients };
    }),
  );
}

test("what clients of two bridges on one file see of a record is linearizable, also when one is killed", async () => {
  let time = 0;
  const clock = () => ++time;
  const random = seededRandom(20_26);
  const served = await openRegisters();
  const [killed] = served;
  if (!killed) throw new Error("no bridge");
  await killed.clients[0]?.remoteStore("local", "registers").init(initOf("registers"));
  const clients = served.flatMap(({ clients }) =>
    clients.map((client) => ({
      client,
      register: new Client(client.remoteStore("local", "registers"), clock, random),
    })),
  );
  let total = 0;
  let kills = 0;
  const killNext = () => (kills + 1) * Math.floor((CALLS * clients.length) / (KILLS + 1));
  let killing = Promise.resolve();
  await Promise.all(
    clients.map(async ({ client, register }) => {
      for (let i = 0; i < CALLS; i++) {
        if (++total === killNext() && kills < KILLS) {
          kills++;
          killing = killing.then(() => killed.bridge.kill()).then(() => killed.bridge.run());
        }
        // A read without an answer says nothing; a write without one is noted.
        await register.call().catch(() => undefined);
        await killing;
        if (client.state.is !== "connected") await client.reconnect().catch(() => undefined);
      }
    }),
  );
  expect(kills).toBe(KILLS);
  for (let at = 0; at < REGISTERS; at++) {
    const history = clients.flatMap(({ register }) => register.calls[at] ?? []);
    const writes = history.filter((call) => call.do === "compare-and-set" && call.answer === "applied");
    expect(writes.length).toBeGreaterThan(10);
    expect(isLinearizable(history)).toBe(true);
  }
}, 600_000);
