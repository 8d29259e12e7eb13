/** Dates, times of a day and durations as texts, each with one spelling. */

const DAY_MS = 86_400_000;

/** YYYY-MM-DD, the year as ISO 8601 has it: "+012345-01-01" beyond four digits. Undefined out of Date's range. */
export function dateText(daysSinceEpoch: number): string | undefined {
  const date = new Date(daysSinceEpoch * DAY_MS);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString().replace(/T.*/, "");
}

/** Days since the epoch; undefined for every other spelling. */
export function parseDate(text: string): number | undefined {
  const time = /^([+-]\d{6}|\d{4})-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00.000Z`) : Number.NaN;
  if (Number.isNaN(time)) return undefined;
  return dateText(time / DAY_MS) === text ? time / DAY_MS : undefined;
}

const DAY_NANOSECONDS = 86_400_000_000_000n;
const pad = (value: bigint, length: number): string => value.toString().padStart(length, "0");

/** HH:MM:SS.nnnnnnnnn */
export function timeText(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const [hours, minutes] = [seconds / 3600n, (seconds / 60n) % 60n];
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds % 60n, 2)}.${pad(nanoseconds % 1_000_000_000n, 9)}`;
}

/** Nanoseconds since midnight; undefined for every other spelling. */
export function parseTime(text: string): bigint | undefined {
  const match = /^(\d\d):([0-5]\d):([0-5]\d)\.(\d{9})$/.exec(text);
  if (match === null) return undefined;
  const [, hours = "", minutes = "", seconds = "", fraction = ""] = match;
  const whole = (BigInt(hours) * 60n + BigInt(minutes)) * 60n + BigInt(seconds);
  const nanoseconds = whole * 1_000_000_000n + BigInt(fraction);
  return nanoseconds < DAY_NANOSECONDS ? nanoseconds : undefined;
}

export interface DurationParts {
  readonly months: number;
  readonly days: number;
  /** All of one sign, or zero. */
  readonly nanoseconds: bigint;
}

const UNITS = [
  ["h", 3_600_000_000_000n],
  ["m", 60_000_000_000n],
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["us", 1000n],
  ["ns", 1n],
] as const;

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

/** "1y2mo3d4h5m6s7ms8us9ns", as CQL writes it; "0d" for none. */
export function durationText({ months, days, nanoseconds }: DurationParts): string {
  const isNegative = months < 0 || days < 0 || nanoseconds < 0n;
  const parts: [bigint, string][] = [
    [BigInt(Math.trunc(Math.abs(months) / 12)), "y"],
    [BigInt(Math.abs(months) % 12), "mo"],
    [BigInt(Math.abs(days)), "d"],
  ];
  let rest = magnitude(nanoseconds);
  for (const [unit, size] of UNITS) {
    parts.push([rest / size, unit]);
    rest %= size;
  }
  const said = parts.filter(([count]) => count !== 0n).map(([count, unit]) => `${count}${unit}`);
  return said.length === 0 ? "0d" : `${isNegative ? "-" : ""}${said.join("")}`;
}

const DURATION =
  /^(-?)(?:(\d+)y)?(?:(\d+)mo)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?(?:(\d+)us)?(?:(\d+)ns)?$/;
const MAX_INT32 = 2n ** 31n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;

/** Undefined for every other spelling, and for what is too long. */
export function parseDuration(text: string): DurationParts | undefined {
  const match = DURATION.exec(text);
  if (match === null) return undefined;
  const count = (group: number): bigint => BigInt(match[group] ?? "0");
  const months = count(2) * 12n + count(3);
  const days = count(4);
  const nanoseconds = UNITS.reduce((sum, [, size], i) => sum + count(5 + i) * size, 0n);
  if (months > MAX_INT32 || days > MAX_INT32 || nanoseconds > MAX_INT64) return undefined;
  const sign = match[1] === "-" ? -1 : 1;
  // Not -0, which a negative sign makes of none.
  const signed = (value: bigint): number => (value === 0n ? 0 : sign * Number(value));
  const parts = { months: signed(months), days: signed(days), nanoseconds: BigInt(sign) * nanoseconds };
  return durationText(parts) === text ? parts : undefined;
}
