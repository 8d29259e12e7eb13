import { build, type Rolldown } from "vite";

/** One classic script of a TypeScript module and all it imports. */
export async function bundleScript(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, target: "es2022", lib: { entry, formats: ["iife"], name: "bundled" } },
  });
  const [output] = [result].flat() as Rolldown.RolldownOutput[];
  if (!output) throw new Error(`${entry} gave no bundle`);
  return output.output[0].code;
}
