import { defineConfig } from "vitest/config";

/** Limits end what hangs. They say nothing about speed: a busy machine takes many times as long. */
const project = (name: string, include: string[], testTimeout = 60_000, maxWorkers?: number) => ({
  extends: true as const,
  test: {
    name,
    include,
    testTimeout,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 30_000 } },
    // One file after the other shares a process: loading Playwright anew costs each about a second.
    ...(maxWorkers === undefined ? {} : { maxWorkers, fileParallelism: maxWorkers > 1, isolate: false }),
  },
});

/**
 * Tests against a real server, started once for all of them: a project of its own for each.
 *
 * @param of Whose server it is.
 */
const server = (name: string, of = name) => {
  const { extends: base, test } = project(name, [`test/servers/${name}/**/*.test.ts`], 300_000);
  return { extends: base, test: { ...test, globalSetup: [`test/servers/${of}/global-setup.ts`] } };
};

/** What was pushed to all of them, read by Python's clients: by its own command, since it takes Python. */
const pythonReaders = {
  extends: true as const,
  test: {
    ...project("python", ["test/servers/python/**/*.test.ts"], 300_000).test,
    globalSetup: ["cassandra", "hbase", "hdfs", "ignite", "kafka"].map(
      (name) => `test/servers/${name}/global-setup.ts`,
    ),
  },
};

/** Files with a browser each that run at a time: `npm run test:repeat` sets it. */
const browsers = Number(process.env.DRIFTSCOPE_FILES_AT_ONCE ?? 1);

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/unit/**/*.test.ts"]),
      project("property", ["test/property/**/*.test.ts"], 300_000),
      project("conformance", ["test/conformance/**/*.test.ts"], 180_000),
      server("cassandra"),
      server("hbase"),
      server("ignite"),
      server("hdfs"),
      server("jobs"),
      server("kafka"),
      server("sqoop"),
      // Take minutes: `npm run test:long`.
      server("sqoop-long", "sqoop"),
      server("jobs-long"),
      pythonReaders,
      project("headless", ["test/headless/**/*.test.ts"], 300_000, 1),
      project("faults", ["test/faults/**/*.test.ts"], 240_000, 1),
      project("e2e-chromium", ["test/e2e/chromium/**/*.test.ts"], 240_000, browsers),
      project("e2e-firefox", ["test/e2e/firefox/**/*.test.ts"], 240_000, browsers),
    ],
  },
});
