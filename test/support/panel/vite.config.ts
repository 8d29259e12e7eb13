import { fileURLToPath } from "node:url";
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";

/** Serves the panel over the fake worker: `npx vite --config test/support/panel/vite.config.ts`. */
export default defineConfig({
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  plugins: [preact({ devToolsEnabled: false, prefreshEnabled: false })],
  server: { host: "127.0.0.1", open: false, hmr: false },
  cacheDir: "node_modules/.vite-panel",
});
