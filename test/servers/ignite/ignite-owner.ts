/** Somebody whose data it is, with Ignite's own Java client: IgniteOwner.java. */
import { join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf } from "../java-classpath.ts";
import { JavaOwner } from "../java-owner.ts";
import { OPENED } from "./ignite-server.ts";

/** With its Java class; NULL is null. */
export type JavaValue = { readonly is: string; readonly text: string } | null;

export class IgniteOwner {
  readonly #program: JavaOwner;

  /** @param address host:port. */
  constructor(address: string) {
    const here = join(repositoryRoot, "test/servers/ignite");
    this.#program = new JavaOwner("Ignite's Java client", [
      "-Xmx128m",
      "-DIGNITE_QUIET=true",
      ...OPENED.map((packages) => `--add-opens=${packages}=ALL-UNNAMED`),
      "-cp",
      classpathOf(join(here, "pom.xml")),
      join(here, "IgniteOwner.java"),
      address,
    ]);
  }

  /** @throws Error with the client's words */
  async sql(sql: string, args: readonly JavaValue[] = []): Promise<JavaValue[][]> {
    return this.#ask({ sql, args });
  }

  async put(cache: string, key: JavaValue, value: JavaValue): Promise<void> {
    await this.#ask({ cache, put: [key, value] });
  }

  async get(cache: string, key: JavaValue): Promise<JavaValue> {
    return (await this.#ask({ cache, get: key }))[0]?.[0] ?? null;
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  async #ask(question: object): Promise<JavaValue[][]> {
    const { rows } = await this.#program.ask(question);
    return rows as JavaValue[][];
  }
}

export const string = (text: string): JavaValue => ({ is: "java.lang.String", text });
