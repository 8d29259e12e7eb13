import { delimiter, join } from "node:path";
import { repositoryRoot } from "../../support/repository.ts";
import { classpathOf } from "../java-classpath.ts";

const here = (name: string): string => join(repositoryRoot, "test/servers/sqoop", name);

/** The real command line of Sqoop, with few threads and a small heap. */
export const sqoopCommand = (): string[] => [
  "java",
  "-XX:+UseSerialGC",
  "-XX:TieredStopAtLevel=1",
  "-Xshare:auto",
  "-Xmx512m",
  "-cp",
  [here("conf"), classpathOf(here("pom.xml"))].join(delimiter),
  "org.apache.sqoop.Sqoop",
];
