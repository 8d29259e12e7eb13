import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AgentClient } from "../../../agent/client/agent-client.ts";
import { HostCall } from "../../../agent/client/host-call.ts";
import { type Part, PartReader } from "../../../agent/client/part-reader.ts";
import { encodePart, PartKind } from "../../../agent/wire/part.ts";
import { decodeRecordChunk, encodeRecordChunk, type RecordSlot } from "../../../agent/wire/record-chunk.ts";

const anyText = fc.string({ unit: "binary", maxLength: 40 });

describe("parts", () => {
  const parts = fc.array(fc.record({ kind: fc.constantFrom(...Object.values(PartKind)), text: anyText }));

  test("come back whole however their text is cut", () => {
    fc.assert(
      fc.property(parts, fc.array(fc.nat({ max: 200 })), (all, cuts) => {
        const text = all.map(({ kind, text }) => encodePart(kind, text)).join("");
        const ends = [...cuts.map((cut) => Math.min(cut, text.length)), text.length].sort((a, b) => a - b);
        const reader = new PartReader();
        const read: Part[] = [];
        let at = 0;
        for (const end of ends) {
          read.push(...reader.push(text.slice(at, end)));
          at = end;
        }
        expect(read).toEqual(all);
      }),
    );
  });

  test.each(["Z1:x", "Jx:", "J-1:", "J99999999999:", "J1e3:", "no head at all", "J123456789012345"])(
    "refuses %j",
    (text) => {
      expect(() => new PartReader().push(text)).toThrow(
        expect.objectContaining({ code: "malformed-answer" }),
      );
    },
  );
});

describe("chunks of records", () => {
  const digest = fc.uint8Array({ minLength: 16, maxLength: 16 });
  const slot: fc.Arbitrary<RecordSlot> = fc.oneof(
    fc.constant({ state: "absent" as const }),
    fc.record({ state: fc.constant("unreadable" as const), reason: anyText }),
    fc.record({ state: fc.constant("notRepresentable" as const), reason: anyText, body: anyText }),
    fc.record({ state: fc.constant("present" as const), digest, body: anyText }),
    fc.record({ state: fc.constant("present" as const), digest, body: anyText, rest: anyText }),
    fc.record({ state: fc.constant("present" as const), digest, body: anyText, blocked: anyText }),
  );
  const keys = Array.from({ length: 20 }, (_, i) => new Uint8Array([i]));

  test("come back as they were, with their keys", () => {
    fc.assert(
      fc.property(fc.array(slot, { minLength: 1, maxLength: 15 }), fc.nat({ max: 5 }), (slots, from) => {
        const records = decodeRecordChunk(encodeRecordChunk(slots), keys, from);
        expect(records).toEqual(slots.map((each, i) => ({ key: keys[from + i], ...each })));
      }),
    );
  });

  test("spoilt text is refused or gives records of the asked keys, and never anything else", () => {
    fc.assert(
      fc.property(
        fc.array(slot, { minLength: 1, maxLength: 15 }),
        fc.nat(),
        anyText,
        (slots, position, junk) => {
          const text = encodeRecordChunk(slots);
          const at = position % (text.length + 1);
          const spoilt = text.slice(0, at) + junk + text.slice(at + 1);
          try {
            const records = decodeRecordChunk(spoilt, keys, 0);
            expect(records.length).toBeLessThanOrEqual(keys.length);
            for (const record of records) expect(record.digest?.length ?? 16).toBe(16);
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        },
      ),
    );
  });
});

describe("calls into the page", () => {
  test("carry any text unchanged, as one string literal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), anyText, async (request, name) => {
        const window = { [name]: (text: string) => text };
        const host = new HostCall(async (code) => runInNewContext(code, { window }), name);
        expect(await host.call(request)).toBe(request);
      }),
      { examples: [['"); throw 1; ("\u2028\ud800\\', "__proto__ x"]] },
    );
  });

  test.each([
    ["a number", 5, "malformed-answer"],
    ["an object", {}, "malformed-answer"],
    ["nothing", undefined, "malformed-answer"],
    ["too long a text", "x".repeat(1 << 20), "malformed-answer"],
    ["another text", "hello", "malformed-answer"],
    ["a complaint", "!no", "interferes"],
    ["an answer of no task", "e0.0\n", "malformed-answer"],
    ["an answer without JSON", "e0.0\nJ1:{E0:", "malformed-answer"],
    ["an answer of another shape", 'e0.0\nJ7:{"a":1}E0:', "malformed-answer"],
    ["a report of an unknown error", 'e0.0\nX23:{"code":"x","message":""}', "malformed-answer"],
    ["a report that is none", "e0.0\nX4:null", "malformed-answer"],
  ])("%s where the agent should answer is a typed error", async (_, answer, code) => {
    const evaluate = async (source: string): Promise<string> => {
      if (source.includes("driftscopeAgent")) return "ok";
      return (source.includes('f("P') ? answer : "+") as string;
    };
    await expect(AgentClient.connect(evaluate, { source: "" })).rejects.toMatchObject({ code });
  });

  test("a page that never answers does not hold a cancel back", async () => {
    const controller = new AbortController();
    const evaluate = (source: string): Promise<string> => {
      if (source.includes("driftscopeAgent")) return Promise.resolve("ok");
      if (!source.includes('f("P')) return Promise.resolve("+");
      controller.abort(new Error("enough"));
      return new Promise(() => {});
    };
    const connecting = AgentClient.connect(evaluate, { source: "", signal: controller.signal });
    await expect(connecting).rejects.toThrow("enough");
  });

  test("a page that cannot be evaluated in is told so", async () => {
    const evaluate = () => Promise.reject(new Error("E_NOTSUPPORTED"));
    await expect(AgentClient.connect(evaluate, { source: "" })).rejects.toMatchObject({
      code: "cannot-inspect",
      message: expect.stringContaining("E_NOTSUPPORTED"),
    });
  });
});
