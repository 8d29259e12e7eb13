/** Command lines of Hadoop's and Spark's programs. */
import { delimiter, join } from "node:path";
import { inject } from "vitest";
import { repositoryRoot } from "../../support/repository.ts";

export const here = (name: string): string => join(repositoryRoot, "test/servers/jobs", name);

/** Packages that Spark on Java 17 reaches into. */
const OPENED = [
  ...[
    "lang",
    "lang.invoke",
    "lang.reflect",
    "io",
    "net",
    "nio",
    "util",
    "util.concurrent",
    "util.concurrent.atomic",
  ].map((name) => `java.base/java.${name}`),
  ...["jdk.internal.ref", "sun.nio.ch", "sun.nio.cs", "sun.security.action", "sun.util.calendar"].map(
    (name) => `java.base/${name}`,
  ),
];

const JAVA = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

export interface StreamingJob {
  /** Of the file system that input and output lie in. */
  readonly uri: string;
  /** Programs of Node. */
  readonly mapper: string;
  readonly reducer: string;
  readonly variables?: readonly string[];
}

export const mapReduceCommand = ({ uri, mapper, reducer, variables = [] }: StreamingJob): string[] => [
  ...JAVA,
  "--add-opens=java.base/java.lang=ALL-UNNAMED",
  "-cp",
  [here("hadoop"), inject("hadoopJars")].join(delimiter),
  "org.apache.hadoop.streaming.HadoopStreaming",
  `-Dfs.defaultFS=${uri}`,
  `-Dhadoop.tmp.dir=${join(repositoryRoot, "node_modules/.cache/driftscope/mapreduce")}`,
  "-Dmapreduce.job.reduces=1",
  "-input",
  "{input}",
  "-output",
  "{output}",
  "-mapper",
  `${process.execPath} ${mapper}`,
  "-reducer",
  `${process.execPath} ${reducer}`,
  ...variables.flatMap((variable) => ["-cmdenv", variable]),
];

/** @param program Of one source file. */
export const sparkCommand = (program: string, args: readonly string[]): string[] => [
  ...JAVA,
  ...OPENED.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
  `-Dlog4j2.configurationFile=file://${here("spark/log4j2.properties")}`,
  "-cp",
  inject("sparkJars"),
  program,
  ...args,
];
