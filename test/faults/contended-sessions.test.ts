import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AgentClient } from "../../agent/client/agent-client.ts";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import { applyPlan } from "../../core/session/apply-plan.ts";
import { buildPlan } from "../../core/session/build-plan.ts";
import { compare } from "../../core/session/compare.ts";
import type { Decision, Drift } from "../../core/session/drift.ts";
import type { Plan } from "../../core/session/plan.ts";
import { agentSource } from "../support/agent/agent-source.ts";
import { ChromiumLab } from "../support/agent/chromium-lab.ts";
import { RemoteRecords } from "../support/bridge/remote-records.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { size } from "../support/models/runs.ts";
import { RealWorld } from "../support/real/real-world.ts";

const WRITERS = 16;
const PAGES = 4;
const COUNTERS = 32;
const INCREMENTS = size(1_000, 10_000);
const COLLECTION = "counters";

const folder = mkdtempSync(join(tmpdir(), "driftscope-contended-"));
let lab: ChromiumLab;
const bridges: TestBridge[] = [];
const agents: AgentClient[] = [];
const worlds: RealWorld[] = [];

beforeAll(async () => {
  const config = { connections: { local: { backend: "sqlite", file: join(folder, "counters.db") } } };
  bridges.push(await TestBridge.start(config), await TestBridge.start(config));
  const clients: BridgeClient[] = [];
  for (let i = 0; i < WRITERS; i++) {
    const bridge = bridges[i % bridges.length] as TestBridge;
    clients.push((await bridge.pair()).client);
  }
  lab = await ChromiumLab.start();
  const source = await agentSource();
  for (let at = 0; at < PAGES; at++) {
    const page = await lab.open("plain");
    const agent = await AgentClient.connect(page.evaluate, { source });
    agents.push(agent);
    for (const client of clients.splice(0, WRITERS / PAGES)) {
      const database = `counters${worlds.length}`;
      worlds.push(await RealWorld.make({ page, agent, client, database, collection: COLLECTION }));
    }
  }
}, 300_000);

afterAll(async () => {
  for (const agent of agents) await agent.close().catch(() => undefined);
  await lab?.close();
  for (const bridge of bridges) await bridge.dispose();
  rmSync(folder, { recursive: true, force: true });
});

/** A person who takes what is newer there, then counts on in the page, and pushes what nobody else moved. */
class Writer {
  readonly #world: RealWorld;
  /** Increments that were pushed. */
  counted = 0;

  constructor(world: RealWorld) {
    this.#world = world;
  }

  async round(): Promise<void> {
    this.counted += await this.#sync();
    const texts = await this.#world.localTexts();
    const next = [...texts].map(([key, text]) => [key, String(Number(text) + 1)] as const);
    await this.#world.writeLocal(new Map(next));
  }

  /** Compares, decides and applies; answers how many records were pushed. */
  async #sync(): Promise<number> {
    const ports = await this.#world.openPanel();
    const { drifts, emptied } = await compare(ports);
    const plan = buildPlan({
      drifts: drifts.map((drift) => ({ drift, decision: decide(drift) })),
      names: { local: "items", remote: COLLECTION },
      newOpId: () => crypto.randomUUID(),
      now: 1,
      emptied,
    });
    if (plan.operations.length === 0) return 0;
    return pushedIn(plan, await applyPlan(ports, plan));
  }
}

/** What others moved is taken, one's own count there is lost with it: it was never pushed. */
const decide = ({ kind }: Drift): Decision => (kind === "changedHere" ? { do: "push" } : { do: "pull" });

function pushedIn(plan: Plan, { outcomes }: Awaited<ReturnType<typeof applyPlan>>): number {
  const applied = new Set(outcomes.filter(({ status }) => status === "applied").map(({ opId }) => opId));
  for (const { status } of outcomes) expect(["applied", "conflict"]).toContain(status);
  return plan.operations.filter(({ side, opId }) => side === "remote" && applied.has(opId)).length;
}

test(`${WRITERS} people count to ${INCREMENTS} through ${PAGES} pages and 2 bridges: no increment is lost or counts twice`, async () => {
  const remote = new RemoteRecords((worlds[0] as RealWorld).remote);
  for (let key = 0; key < COUNTERS; key++) await remote.put(key, { text: "0" });
  const writers = worlds.map((world) => new Writer(world));
  const total = () => writers.reduce((sum, { counted }) => sum + counted, 0);
  await Promise.all(
    writers.map(async (writer) => {
      while (total() < INCREMENTS) await writer.round();
    }),
  );
  const counters = (await remote.all()) as { text: string }[];
  expect(counters).toHaveLength(COUNTERS);
  expect(counters.reduce((sum, { text }) => sum + Number(text), 0)).toBe(total());
  expect(total()).toBeGreaterThanOrEqual(INCREMENTS);
}, 3_600_000);
