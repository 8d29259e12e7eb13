/** What keeps Sqoop and its database from being used, one thing after the other. */
import { rmSync } from "node:fs";
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, clockFinding, runChecks } from "../shared/run-checks.ts";
import type { Dialect } from "./dialects/dialect.ts";
import type { Answer, Questions } from "./questions.ts";
import type { SqoopProgram } from "./sqoop-program.ts";

/** The last one that there will be. */
const PROVEN_VERSION = "1.4.7";

interface Subject {
  readonly program: SqoopProgram;
  readonly dialect: Dialect;
  readonly questions: Questions;
}

const CHECKS: readonly Check<Subject>[] = [
  { about: "sqoop", look: checkVersion },
  { about: "database", look: checkDatabase },
];

/** As RemoteBackend.check. */
export const checkSqoop = (subject: Subject): Promise<readonly Finding[]> => runChecks(subject, CHECKS);

export async function checkVersion({ program }: Pick<Subject, "program">): Promise<Finding[]> {
  const folder = program.work.runFolder();
  try {
    const said = await program.run({ tool: "version", doing: "telling its version", folder, options: [] });
    const version = /Sqoop (\d[\w.-]*)/.exec(said)?.[1];
    const about = "sqoop";
    if (version?.startsWith(PROVEN_VERSION) === true) {
      return [{ about, is: "right", said: `Sqoop ${version}` }];
    }
    const words = `Sqoop ${version ?? "of an unknown version"}: only ${PROVEN_VERSION} was tried`;
    return [{ about, is: "doubtful", said: words }];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One import says all of it: it takes a JDK, the driver, the login and the database. */
async function checkDatabase({ dialect, questions }: Subject): Promise<Finding[]> {
  const sent = Date.now();
  const answer = await questions.ask(dialect.check());
  const answered = Date.now();
  const findings: Finding[] = [];
  for (const [kind, ...cells] of answer) {
    if (kind !== "server") continue;
    const [version, now] = cells.map(String);
    findings.push({ about: "database", is: "right", said: `${dialect.product} ${version}` });
    findings.push(clockFinding(Date.parse(now ?? ""), sent, answered));
  }
  return [...findings, ...tableFindings(answer)];
}

/** @param answer Rows of "table", name, is it there, is the right given, the right. */
function tableFindings(answer: Answer): Finding[] {
  const tables = new Map<string, { isThere: boolean; lacks: string[] }>();
  for (const [kind, name, isThere, isGiven, right] of answer) {
    if (kind !== "table") continue;
    const table = tables.get(String(name)) ?? { isThere: isThere === true, lacks: [] };
    if (isGiven === false) table.lacks.push(String(right));
    tables.set(String(name), table);
  }
  return Array.from(tables, ([name, { isThere, lacks }]): Finding => {
    const about = `table ${name}`;
    if (!isThere) {
      const said = "is not there yet: `driftscope init CONNECTION` shows it and makes it";
      return { about, is: "wrong", said };
    }
    if (lacks.length === 0) return { about, is: "right", said: "is there, with all rights that are needed" };
    const is = lacks.includes("SELECT") ? "wrong" : "doubtful";
    return { about, is, said: `this login lacks ${lacks.join(", ")}: GRANT it, or use another login` };
  });
}
