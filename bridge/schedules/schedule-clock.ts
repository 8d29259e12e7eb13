/** The time, and somebody to call at one: tests bring their own. */
export interface ScheduleClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Answers how the call is taken back. */
  at(time: number, call: () => Promise<void>): () => void;
}

/** A timer holds no longer than this: a machine that slept, or whose clock was set, is noticed by then. */
const LONGEST_WAIT_MS = 30_000;

export const systemClock: ScheduleClock = {
  now: () => Date.now(),
  at(time, call) {
    const timer = setTimeout(() => void call(), Math.min(Math.max(0, time - Date.now()), LONGEST_WAIT_MS));
    return () => clearTimeout(timer);
  },
};
