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
