/**
 * Runs one of the TypeScript modules of this folder in Node: `node test/bench/run.mjs main.ts compare`.
 * The benchmarks drive what `npm run build` made; only the harness itself goes through this loader.
 */
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const [file, ...args] = process.argv.slice(2);
const here = fileURLToPath(new URL(".", import.meta.url));
const { module } = await runnerImport(`${here}${file}`, { configFile: false, logLevel: "warn" });
await module.main(args);
