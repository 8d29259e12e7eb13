import { delimiter, join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf } from "../java-classpath.ts";

const here = (name: string): string => join(repositoryRoot, "test/servers/sqoop", name);

/** What `java -cp` takes: Sqoop, Hadoop, the JDBC drivers and H2's server. */
export const sqoopClasspath = (): string => [here("conf"), classpathOf(here("pom.xml"))].join(delimiter);

/** The real command line of Sqoop, with few threads and a small heap. */
export const sqoopCommand = (): string[] => [
  "java",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Xshare:auto",
  "-Xmx512m",
  "-cp",
  sqoopClasspath(),
  "org.apache.sqoop.Sqoop",
];

/** The same, which leaves a line for each run in a file: the tool's name. */
export function countedSqoopCommand(file: string): string[] {
  const program = `
    require("node:fs").appendFileSync(${JSON.stringify(file)}, process.argv[process.argv.length - 3] + "\\n");
    const run = require("node:child_process").spawnSync(process.argv[1], process.argv.slice(2), { stdio: "inherit" });
    process.exit(run.status ?? 1);`;
  return [process.execPath, "-e", program, ...sqoopCommand()];
}
