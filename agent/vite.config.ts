import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin, type Rolldown } from "vite";

const ENGINE_ID = "virtual:driftscope-engine";

/**
 * Every global that the engine may use. In a worker they are the worker's own; where a page's policy forbids
 * workers they are those of a hidden frame, whose built-ins the page has not touched.
 */
const ENGINE_GLOBALS = [
  "AbortController Array ArrayBuffer BigInt BigInt64Array BigUint64Array Blob Boolean BroadcastChannel CryptoKey",
  "DOMException DataView Date Error EvalError File FileReaderSync Float16Array Float32Array Float64Array Function",
  "IDBKeyRange ImageData Int16Array Int32Array Int8Array JSON Map Math MessageChannel Number Object Promise Proxy",
  "RangeError ReferenceError Reflect RegExp Set SharedArrayBuffer String Symbol SyntaxError TextDecoder",
  "TextEncoder TypeError URIError Uint16Array Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet",
  "AggregateError atob btoa clearTimeout indexedDB isSecureContext navigator origin performance queueMicrotask",
  "setTimeout structuredClone parseInt parseFloat isNaN isFinite",
].flatMap((line) => line.split(" "));

/** The engine, bundled by itself into one function whose text is self-contained (page/virtual-engine.d.ts). */
function engineFunction(): Plugin {
  return {
    name: "driftscope-engine",
    resolveId: (id) => (id === ENGINE_ID ? `\0${ENGINE_ID}` : undefined),
    async load(id) {
      if (id !== `\0${ENGINE_ID}`) return;
      const code = await engineBundle();
      return `export default function engine(scope, post) {
        const { ${ENGINE_GLOBALS.join(", ")} } = scope, globalThis = scope, self = scope;
        ${code}
        return driftscopeEngine(post);
      }`;
    },
  };
}

async function engineBundle(): Promise<string> {
  const output = (await build({
    configFile: false,
    logLevel: "warn",
    root: fileURLToPath(new URL(".", import.meta.url)),
    build: {
      write: false,
      target: "es2022",
      minify: false,
      lib: {
        entry: fileURLToPath(new URL("page/engine/main.ts", import.meta.url)),
        formats: ["iife"],
        name: "driftscopeEngine",
      },
    },
  })) as Rolldown.RolldownOutput[];
  const chunk = output[0]?.output[0];
  if (chunk?.type !== "chunk") throw new Error("The engine's bundle is not one chunk.");
  return chunk.code;
}

/** Builds the agent to one classic script, which a panel or a Playwright page evaluates as a string. */
export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [engineFunction()],
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
