import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Builds the agent to one classic script, which a panel or a Playwright page evaluates as a string. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  build: {
    outDir: fileURLToPath(new URL("../dist/agent", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    minify: "oxc",
    lib: {
      entry: fileURLToPath(new URL("page/main.ts", import.meta.url)),
      formats: ["iife"],
      name: "driftscopeAgent",
      fileName: () => "page.js",
    },
  },
});
