import { availableParallelism, cpus, totalmem } from "node:os";

/** What the timings depend on, without names of hosts or folders. */
export function describeMachine(browserVersion?: string): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 1e9)} GB`;
  const browser = browserVersion === undefined ? [] : [`Chromium ${browserVersion} headless`];
  return [
    `${availableParallelism()} cores (${model})`,
    memory,
    `${process.platform} ${process.arch}`,
    `Node ${process.versions.node}`,
    ...browser,
  ].join(", ");
}
