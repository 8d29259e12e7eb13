import { expect, test } from "vitest";
import { HostCall, NOT_THERE } from "../../../agent/client/host-call.ts";
import { runTask } from "../../../agent/client/task.ts";
import { REQUEST_UNITS } from "../../../agent/wire/limits.ts";
import { encodePart, PartKind } from "../../../agent/wire/part.ts";

const NAME = "driftscope test";

/** A page that evaluates as a browser does; the agent in it answers every task at the first poll. */
function page() {
  const requests: string[] = [];
  const window: Record<string, (request: string) => string> = {};
  const install = (): void => {
    let started = "";
    window[NAME] = (request) => {
      requests.push(request.slice(0, 1));
      if (request.startsWith("U")) started += request.slice(request.indexOf("\n") + 1);
      if (request.startsWith("S")) started += request.slice(request.indexOf("\n\n") + 2);
      if (!request.startsWith("P")) return "+";
      return `e0.0\n${encodePart(PartKind.json, String(started.length))}${encodePart(PartKind.end, "")}`;
    };
  };
  const leave = (): void => {
    delete window[NAME];
  };
  const evaluate = async (code: string): Promise<string> => {
    const answer = new Function("window", `return ${code}`)(window);
    if (answer === NOT_THERE) requests.push(NOT_THERE);
    return answer;
  };
  return { requests, install, leave, host: new HostCall(evaluate, NAME) };
}

async function answerOf(host: HostCall, request: string, install: () => void): Promise<string> {
  const begin = { task: "1", path: "", request, install: async () => install() };
  for await (const part of runTask(host, begin)) return part.text;
  throw new Error("no answer");
}

test("a task is started without asking whether the agent is there", async () => {
  const { requests, install, host } = page();
  install();
  expect(await answerOf(host, "12345", () => expect.unreachable())).toBe("5");
  expect(requests).toEqual(["S", "P"]);
});

test.for([10, REQUEST_UNITS * 2 + 10])(
  "where the agent is gone it is put back, and all %i are sent",
  async (units) => {
    const { requests, install, leave, host } = page();
    install();
    leave();
    expect(await answerOf(host, "x".repeat(units), install)).toBe(String(units));
    expect(requests[0]).toBe(NOT_THERE);
    expect(requests.filter((request) => request === "S")).toHaveLength(1);
  },
);

test("a page in which the agent does not stay was left", async () => {
  const { host } = page();
  await expect(answerOf(host, "1", () => undefined)).rejects.toMatchObject({ code: "navigated" });
});

const TAKEN_BACK = AbortSignal.abort();

test("what was taken back while it was sent is not started", async () => {
  const { requests, install, host } = page();
  install();
  const begin = {
    task: "1",
    path: "",
    request: "x".repeat(REQUEST_UNITS * 2),
    install: async () => undefined,
  };
  const running = runTask(host, { ...begin, takeBack: TAKEN_BACK });
  await expect(running.next()).rejects.toMatchObject({ code: "taken-back" });
  expect(requests).toEqual(["U", "C"]);
});

test("what was started before is told to take back what it can, and answers", async () => {
  const { requests, install, host } = page();
  install();
  const begin = { task: "1", path: "", request: "12345", install: async () => undefined };
  const parts = [];
  for await (const part of runTask(host, { ...begin, takeBack: TAKEN_BACK })) parts.push(part.text);
  expect(parts).toEqual(["5"]);
  expect(requests).toEqual(["S", "T", "P"]);
});
