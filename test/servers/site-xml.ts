/** Settings as the programs of Hadoop read them. */
export function siteXml(settings: Readonly<Record<string, string>>): string {
  const properties = Object.entries(settings).map(
    ([name, value]) => `  <property><name>${name}</name><value>${value}</value></property>`,
  );
  return ["<configuration>", ...properties, "</configuration>"].join("\n");
}
