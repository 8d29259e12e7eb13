import { useEffect, useState } from "preact/hooks";

const TICK_MS = 30_000;

/** The time, for ages that go on while they are on screen. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
