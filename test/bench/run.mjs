/**
 * Runs one of the TypeScript modules of this folder in Node: `node test/bench/run.mjs main.ts compare`.
 * The benchmarks drive what `npm run build` made; only the harness itself goes through this loader.
 */
import { fileURLToPath } from "node:url";
import { createServer, createServerModuleRunner } from "vite";

const [file, ...args] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const server = await createServer({
  configFile: false,
  logLevel: "warn",
  // It serves nobody, and what changes while it runs is not loaded again.
  server: { middlewareMode: true, hmr: false, ws: false, watch: null },
});
// Open to the end: drivers of backends are imported when they are first used.
const runner = createServerModuleRunner(server.environments.ssr);
try {
  const module = await runner.import(`${here}${file}`);
  await module.main(args);
} finally {
  await runner.close();
  await server.close();
}
