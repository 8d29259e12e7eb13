import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], testTimeout = 20_000, parallel = true) => ({
  extends: true as const,
  test: { name, include, testTimeout, hookTimeout: 120_000, fileParallelism: parallel },
});

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/unit/**/*.test.ts"]),
      project("property", ["test/property/**/*.test.ts"], 120_000),
      project("conformance", ["test/conformance/**/*.test.ts"], 60_000),
      project("headless", ["test/headless/**/*.test.ts"], 120_000, false),
      project("faults", ["test/faults/**/*.test.ts"], 60_000, false),
      project("e2e-chromium", ["test/e2e/chromium/**/*.test.ts"], 90_000, false),
      project("e2e-firefox", ["test/e2e/firefox/**/*.test.ts"], 120_000, false),
    ],
  },
});
