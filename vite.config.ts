import { fileURLToPath } from "node:url";
import { crx, type ManifestV3Export } from "@crxjs/vite-plugin";
import preact from "@preact/preset-vite";
import { defineConfig } from "vite";
import manifest from "./manifest.json" with { type: "json" };

/** `--mode chromium` and `--mode firefox` build the two extensions from the one manifest. */
export default defineConfig(({ mode }) => {
  const browser = mode === "firefox" ? "firefox" : "chrome";
  return {
    plugins: [
      preact(),
      // TypeScript reads the literals of a JSON file as `string`, which the manifest's type does not take.
      crx({ manifest: manifest as ManifestV3Export, browser }),
    ],
    define: { __BROWSER__: JSON.stringify(browser) },
    build: {
      outDir: `dist/${mode === "firefox" ? "firefox" : "chromium"}`,
      emptyOutDir: true,
      target: "es2022",
      modulePreload: false,
      rollupOptions: {
        // A page that only devtools.panels.create names is invisible to the manifest's crawl.
        input: { panel: fileURLToPath(new URL("extension/panel/panel.html", import.meta.url)) },
      },
    },
    worker: { format: "es" as const },
  };
});
