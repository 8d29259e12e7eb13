/** Numbers, sizes and times as the panel writes them. */

const GROUPED = new Intl.NumberFormat("en-US");
const CLOCK = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const CLOCK_SECONDS = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const FULL = new Intl.DateTimeFormat("en-GB", { dateStyle: "full", timeStyle: "long" });

/** 12480 → "12,480". */
export function count(n: number): string {
  return GROUPED.format(n);
}

/** "1 record", "2 records": `one` is the singular. */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Bytes in the unit that leaves one to three digits before the point. */
export function bytes(n: number): string {
  if (n < 1000) return `${n} B`;
  const units = ["kB", "MB", "GB", "TB"] as const;
  let value = n / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Today as a clock time; other days with the day before it. */
export function clock(ms: number, now = Date.now()): string {
  const time = CLOCK.format(ms);
  return isSameDay(ms, now) ? time : `${DAY.format(ms)} ${time}`;
}

/** As `clock`, with seconds for today. */
export function clockSeconds(ms: number, now = Date.now()): string {
  return isSameDay(ms, now) ? CLOCK_SECONDS.format(ms) : `${DAY.format(ms)} ${CLOCK.format(ms)}`;
}

export function day(ms: number): string {
  return DAY.format(ms);
}

/** Date, time and zone in full, for titles. */
export function fullTime(ms: number): string {
  return FULL.format(ms);
}

/** How long ago, in one unit. */
export function age(ms: number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 60) return "just now";
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min ago`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h ago`;
  return `${Math.round(hours / 24)} days ago`;
}

/** A duration as people say it: "0.4 s", "12 s", "3 min". */
export function duration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}
