/**
 * The engine's own bundle as one function, made by the build (agent/vite.config.ts). Its text is
 * self-contained, so that a worker can be made of it; every global it uses is taken from `scope`, so that it
 * can run in the page with the built-ins of another realm.
 */
declare module "virtual:driftscope-engine" {
  import type { EngineHandle, FromEngine } from "../wire/engine-messages.ts";

  export type EngineFunction = (scope: object, post: (message: FromEngine) => void) => EngineHandle;
  const engine: EngineFunction;
  export default engine;
}
