/** The latest error that no view owns: shown in the status bar, kept until the next step or dismissed. */
import { signal } from "@preact/signals";
import type { WorkerError } from "../worker/api.ts";
import { asWorkerError } from "./worker-port.ts";

export function createNotices() {
  const error = signal<WorkerError | undefined>(undefined);
  return {
    error,
    report(thrown: unknown): void {
      error.value = asWorkerError(thrown);
    },
    dismiss(): void {
      error.value = undefined;
    },
  };
}

export type Notices = ReturnType<typeof createNotices>;
