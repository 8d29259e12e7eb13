import type { Finding } from "../../../core/protocol/frames.ts";
import { messageOf } from "../../../core/session/session-error.ts";
import { BackendError } from "../backend-error.ts";

export interface Check<Subject> {
  readonly about: string;
  readonly look: (subject: Subject) => Promise<readonly Finding[]>;
}

/** In their order, up to the first that is wrong: each needs those before it. */
export async function runChecks<Subject>(
  subject: Subject,
  checks: readonly Check<Subject>[],
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (const { about, look } of checks) {
    try {
      findings.push(...(await look(subject)));
    } catch (error) {
      findings.push({ about, is: "wrong", said: messageOf(error) });
    }
    if (findings.some(({ is }) => is === "wrong")) break;
  }
  return findings;
}

/** Of the right to write: reading alone may be what is wanted. @param write Changes nothing. */
export async function checkRight(about: string, write: () => Promise<unknown>): Promise<Finding> {
  try {
    await write();
    return { about, is: "right", said: "is allowed" };
  } catch (error) {
    if (!(error instanceof BackendError) || error.code !== "unauthorized") throw error;
    return { about, is: "doubtful", said: error.message };
  }
}

/** Decides nothing in Driftscope, but a client's clock stamps the writes of others. */
const CLOCK_TOLERANCE_MS = 5000;

/** @param server Its time, between `sent` and `answered` by ours; all in milliseconds. */
export function clockFinding(server: number, sent: number, answered: number): Finding {
  const about = "clock";
  const off = server < sent ? sent - server : Math.max(0, server - answered);
  if (off <= CLOCK_TOLERANCE_MS) return { about, is: "right", said: "agrees with this machine's" };
  const seconds = Math.round(off / 1000);
  const said = `the server's is ${seconds} s ${server < sent ? "behind" : "ahead of"} this machine's. Driftscope decides nothing by it, but writers who send a time of their own do: set the clocks`;
  return { about, is: "doubtful", said };
}
