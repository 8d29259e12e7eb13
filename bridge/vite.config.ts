import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = fileURLToPath(new URL(".", import.meta.url));

/** What is started as a process or a thread, and thereby keeps its place and name (process/program-url.ts). */
export const PROGRAMS = [
  "cli/main",
  "backends/sqlite/sqlite-child",
  "backends/kafka/kafka-child",
  "jobs/transform/transform-thread",
  "policies/policy-thread",
];

export const inputOf = (programs: readonly string[]): Record<string, string> =>
  Object.fromEntries(programs.map((name) => [`bridge/${name}`, `${here}${name}.ts`]));

/** Builds the bridge and the command line: few files start several times as fast as hundreds. */
export default defineConfig({
  root: here,
  build: {
    ssr: true,
    outDir: fileURLToPath(new URL("../dist/node", import.meta.url)),
    emptyOutDir: true,
    target: "node20",
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: inputOf(PROGRAMS),
      output: {
        entryFileNames: "[name].js",
        chunkFileNames: "bridge/parts/[name]-[hash].js",
        codeSplitting: { groups: [{ name: "program-url", test: /program-url\.ts$/ }] },
      },
    },
  },
});
