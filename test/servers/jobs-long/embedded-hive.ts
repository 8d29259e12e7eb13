/** Hive 3.1 as a program: HiveServer2, its metastore and MapReduce in the one process of its command line. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { pathToFileURL } from "node:url";
import { inject } from "vitest";
import { repositoryRoot } from "../../support/repository.ts";
import { siteXml } from "../site-xml.ts";

const here = (name: string): string => join(repositoryRoot, "test/servers/jobs-long/hive", name);

/** Packages that Hive on Java 17 reaches into. */
const OPENED = [
  ...["lang", "lang.reflect", "util", "util.concurrent", "util.concurrent.atomic", "util.regex"],
  ...["net", "nio", "io", "math", "text", "time"],
].map((name) => `java.base/java.${name}`);

export class EmbeddedHive {
  /** What HADOOP_CONF_DIR names. */
  readonly settings: string;
  readonly #folder = mkdtempSync(join(tmpdir(), "driftscope-hive-"));

  constructor() {
    this.settings = join(this.#folder, "settings");
    for (const name of ["settings", "patch"]) mkdirSync(join(this.#folder, name));
    const jars = inject("hiveJars");
    const patch = ["-proc:none", "-cp", jars, "-d", join(this.#folder, "patch")];
    execFileSync("javac", [...patch, here("ArrayListSubListSerializer.java")]);
  }

  /** @param uri Of the file system that input and output lie in. */
  command(uri: string, script: string): string[] {
    for (const name of ["hive-site.xml", "core-site.xml"]) {
      writeFileSync(join(this.settings, name), siteXml(settingsOf(this.#folder, uri)));
    }
    const classpath = [join(this.#folder, "patch"), this.settings, inject("hiveJars")].join(delimiter);
    return [
      ...["java", "-Xmx768m", "-XX:+UseSerialGC"],
      ...[...OPENED, "java.base/sun.nio.ch"].map((name) => `--add-opens=${name}=ALL-UNNAMED`),
      `-Djava.io.tmpdir=${this.#folder}`,
      `-Dderby.stream.error.file=${join(this.#folder, "derby.log")}`,
      `-Dlog4j.configurationFile=${pathToFileURL(here("log4j2.properties"))}`,
      ...[here("Launch.java"), classpath, "org.apache.hive.beeline.BeeLine"],
      ...["-u", "jdbc:hive2:///default#input={input};output={output}", "-n", "hive", "--silent=true"],
      ...["-f", here(script)],
    ];
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const settingsOf = (folder: string, uri: string): Readonly<Record<string, string>> => ({
  "fs.defaultFS": uri,
  "hadoop.tmp.dir": join(folder, "hadoop"),
  "mapreduce.framework.name": "local",
  "javax.jdo.option.ConnectionURL": `jdbc:derby:;databaseName=${join(folder, "metastore")};create=true`,
  "datanucleus.schema.autoCreateAll": "true",
  "hive.metastore.schema.verification": "false",
  "hive.metastore.event.db.notification.api.auth": "false",
  "hive.metastore.warehouse.dir": "/hive/warehouse",
  "hive.exec.scratchdir": "/hive/scratch",
  "hive.exec.local.scratchdir": join(folder, "scratch"),
  "hive.downloaded.resources.dir": join(folder, "resources"),
  "hive.querylog.location": join(folder, "queries"),
  "hive.execution.engine": "mr",
  "hive.exec.submit.local.task.via.child": "false",
  "hive.server2.enable.doAs": "false",
  "hive.server2.materializedviews.registry.impl": "DUMMY",
  "hive.stats.autogather": "false",
});
