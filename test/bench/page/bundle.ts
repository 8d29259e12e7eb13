import { fileURLToPath } from "node:url";
import { build, type Rolldown } from "vite";

/** One script of a TypeScript module of this folder and all it imports; `file` is relative to test/bench. */
export async function bundle(file: string): Promise<string> {
  const entry = fileURLToPath(new URL(`../${file}`, import.meta.url));
  const result = await build({
    configFile: false,
    logLevel: "warn",
    build: {
      write: false,
      minify: true,
      target: "es2022",
      lib: { entry, formats: ["iife"], name: "bundled" },
    },
  });
  const [output] = [result].flat() as Rolldown.RolldownOutput[];
  if (!output) throw new Error(`${file} gave no bundle`);
  return output.output[0].code;
}
