/** Policy modules that fail in every way a module can, run by a real bridge. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decodeValue } from "../../core/codec/decode-value.ts";
import { encodeValue } from "../../core/codec/encode-value.ts";
import { encodeKey } from "../../core/key/encode-key.ts";
import type { BridgeClient } from "../../core/protocol/client/bridge-client.ts";
import type { CustomAnswer, CustomConflict } from "../../core/session/policy-custom.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";

/** Does what the local record's `act` says. */
const OBEDIENT = `
let asked = 0;
export default async ({ key, base, local, remote }) => {
  asked++;
  switch (local?.act) {
    case "throw": throw new Error("no idea");
    case "hang": for (;;);
    case "wait": return new Promise(() => {});
    case "exit": process.exit(3);
    case "later": queueMicrotask(() => { throw new Error("too late"); }); return new Promise(() => {});
    case "memory": { const kept = []; for (;;) kept.push(new Array(1e6).fill(kept.length)); }
    case "function": return { act: () => 1 };
    case "symbol": return Symbol("x");
    case "take": return { take: "base" };
    case "nothing": return undefined;
    case "echo": return { key, base, local, remote };
    case "asked": return asked;
    case "print": console.log("printed"); return { take: "remote" };
    case "slow": return new Promise((resolve) => setTimeout(resolve, 50, { take: "remote" }));
    default: return { take: "local" };
  }
};
`;

let bridge: TestBridge;
let client: BridgeClient;

beforeAll(async () => {
  bridge = await TestBridge.start({
    policies: {
      obedient: { module: "./obedient.mjs", timeoutMs: 1000 },
      patient: { module: "./obedient.mjs", timeoutMs: 30_000 },
      none: { module: "./missing.mjs" },
      empty: { module: "./empty.mjs" },
      broken: { module: "./broken.mjs" },
    },
  });
  writeFileSync(join(bridge.folder, "obedient.mjs"), OBEDIENT);
  writeFileSync(join(bridge.folder, "empty.mjs"), "export const decide = 1;");
  writeFileSync(join(bridge.folder, "broken.mjs"), "export default (");
  ({ client } = await bridge.pair());
});
afterAll(() => bridge.dispose());

const conflict = (act: string, more: object = {}): CustomConflict => ({
  key: encodeKey([act, new Date(0)]),
  base: undefined,
  local: encodeValue({ act, ...more }),
  remote: encodeValue({ act: "remote" }),
});

const ask = (...acts: string[]): Promise<readonly CustomAnswer[]> =>
  client.policy("obedient")(acts.map((act) => conflict(act)));

describe("one record", () => {
  test("with what it gets, decoded", async () => {
    const at = new Date(5);
    const [answer] = await client.policy("obedient")([
      { ...conflict("echo", { at, lone: "\ud800" }), base: encodeValue(new Map([[1, 2]])) },
    ]);
    expect(answer && "value" in answer && decodeValue(answer.value)).toEqual({
      key: ["echo", new Date(0)],
      base: new Map([[1, 2]]),
      local: { act: "echo", at, lone: "\ud800" },
      remote: { act: "remote" },
    });
  });

  test.each([
    ["throw", "it threw: no idea"],
    ["nothing", "it left the record to you"],
    ["take", 'it returned take: base; expected "local" or "remote"'],
    ["function", /^it returned what no store can hold: /],
    ["symbol", /^it returned what no store can hold: /],
    ["hang", "it gave no answer within 1000 ms: its thread was ended"],
    ["wait", "it gave no answer within 1000 ms: its thread was ended"],
    ["exit", "its thread ended with code 3"],
    ["later", "its thread failed: too late"],
  ])("%s: it stays undecided with the reason, and the next one is decided", async (act, reason) => {
    const [odd, next] = await ask(act, "local");
    expect(odd).toEqual({
      undecided: typeof reason === "string" ? reason : (expect.stringMatching(reason) as string),
    });
    expect(next).toEqual({ take: "local" });
  });

  test("that takes all memory: the thread ends, not the bridge", async () => {
    const [odd, next] = await client.policy("patient")([conflict("memory"), conflict("local")]);
    expect(odd).toEqual({ undecided: expect.stringMatching(/^its thread failed: .*memory/) as string });
    expect(next).toEqual({ take: "local" });
  });

  test("a slow answer within the limit counts; what it prints is no output of the bridge", async () => {
    expect(await ask("slow", "print")).toEqual([{ take: "remote" }, { take: "remote" }]);
  });
});

test("a module that does not answer again and again is not asked for the rest of the request", async () => {
  const answers = await ask("wait", "wait", "exit", "local", "local");
  expect(answers.slice(3)).toEqual(
    Array(2).fill({ undecided: "not asked: it gave no answer for 3 records in a row" }),
  );
  expect(await ask("local")).toEqual([{ take: "local" }]);
});

test("thousands of records are asked in parts, each once and in order", async () => {
  const acts = Array.from({ length: 4500 }, (_, i) => (i % 3 === 0 ? "print" : "local"));
  const answers = await ask("exit", ...acts, "asked");
  expect(answers.slice(1, -1)).toEqual(acts.map((act) => ({ take: act === "print" ? "remote" : "local" })));
  expect(answers.at(-1)).toEqual({ value: "4501" });
});

test("two panels at once get their own answers", async () => {
  const both = await Promise.all([ask("slow", "local"), ask("local", "slow")]);
  expect(both).toEqual([
    [{ take: "remote" }, { take: "local" }],
    [{ take: "local" }, { take: "remote" }],
  ]);
});

test("a cancelled request stops asking", async () => {
  const cancel = new AbortController();
  const waiting = client.policy("obedient")(
    ["wait", "wait", "local"].map((act) => conflict(act)),
    cancel.signal,
  );
  cancel.abort();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  expect(await ask("local")).toEqual([{ take: "local" }]);
});

test.each([
  ["none", "policy-failed", "cannot be loaded"],
  ["empty", "policy-failed", "has no function as its default export"],
  ["broken", "policy-failed", "cannot be loaded"],
  ["unheard-of", "unknown-policy", 'its config file has "obedient", "patient"'],
])("the policy %s: %s", async (name, code, words) => {
  await expect(client.policy(name)([conflict("local")])).rejects.toMatchObject({
    code,
    message: expect.stringContaining(words) as string,
  });
});

test("the connections tell which policies there are", async () => {
  const [connection] = await client.connections();
  expect(connection?.policies).toEqual(["obedient", "patient", "none", "empty", "broken"]);
});

test("a bridge with a hanging module stops when it is told to", async () => {
  const hanging = ask("hang").catch(() => undefined);
  expect(await bridge.stop()).toBe(0);
  await hanging;
});
