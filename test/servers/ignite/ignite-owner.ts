/** Somebody whose data it is, with Ignite's own Java client: IgniteOwner.java. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf } from "../java-classpath.ts";
import { OPENED } from "./ignite-server.ts";

/** With its Java class; NULL is null. */
export type JavaValue = { readonly is: string; readonly text: string } | null;

interface Answer {
  readonly rows: JavaValue[][];
  readonly error?: string;
}

export class IgniteOwner {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #lines: Interface;

  /** @param address host:port. */
  constructor(address: string) {
    const here = join(repositoryRoot, "test/servers/ignite");
    this.#process = spawn(
      "java",
      [
        "-Xmx128m",
        "-DIGNITE_QUIET=true",
        ...OPENED.map((packages) => `--add-opens=${packages}=ALL-UNNAMED`),
        "-cp",
        classpathOf(join(here, "pom.xml")),
        join(here, "IgniteOwner.java"),
        address,
      ],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    const { stdout } = this.#process;
    if (stdout === null) throw new Error("a process without output");
    this.#lines = createInterface({ input: stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  /** @throws Error with the client's words */
  async sql(sql: string, args: readonly JavaValue[] = []): Promise<JavaValue[][]> {
    return (await this.#ask({ sql, args })).rows;
  }

  async put(cache: string, key: JavaValue, value: JavaValue): Promise<void> {
    await this.#ask({ cache, put: [key, value] });
  }

  async get(cache: string, key: JavaValue): Promise<JavaValue> {
    return (await this.#ask({ cache, get: key })).rows[0]?.[0] ?? null;
  }

  async close(): Promise<void> {
    if (this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    this.#process.stdin?.end();
    await ended;
    this.#lines.close();
  }

  async #ask(question: object): Promise<Answer> {
    this.#process.stdin?.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error("Ignite's Java client ended");
    const answer = JSON.parse(value) as Answer;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}

export const string = (text: string): JavaValue => ({ is: "java.lang.String", text });
