import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** Builds the demo application to static files. */
export default defineConfig({
  root: fileURLToPath(new URL("app", import.meta.url)),
  base: "./",
  build: {
    outDir: fileURLToPath(new URL("../dist/demo", import.meta.url)),
    emptyOutDir: true,
    target: "es2022",
    modulePreload: false,
  },
});
