/** What files hold that JavaScript has no exact type of its own for. */

/** A text that no type goes with (CSV, a partition's folder): what it is, the mapping says. */
export class UntypedText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A number as it is written. */
export class NumberText {
  readonly text: string;
  /** Whether it is a decimal of so many digits, and not what a double or an integer was written as. */
  readonly isDecimal: boolean;

  constructor(text: string, isDecimal = false) {
    this.text = text;
    this.isDecimal = isDecimal;
  }
}

/** A text that is JSON. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const NANOS_PER_SECOND = 1_000_000_000n;
const NANOS_PER_MILLISECOND = 1_000_000n;

/** A time of a clock, exact to the nanosecond. */
export class Moment {
  /** Since 1970 in UTC; of a local time as if it were UTC. */
  readonly nanos: bigint;
  /** Whether it names a moment, and not what a clock showed somewhere. */
  readonly isUtc: boolean;

  constructor(nanos: bigint, isUtc: boolean) {
    this.nanos = nanos;
    this.isUtc = isUtc;
  }

  /** Undefined where it has more than milliseconds. */
  get milliseconds(): bigint | undefined {
    return this.nanos % NANOS_PER_MILLISECOND === 0n ? this.nanos / NANOS_PER_MILLISECOND : undefined;
  }

  /** As 2024-05-06T07:08:09.01Z, without the Z where it is a local time. */
  get text(): string {
    const fraction = ((this.nanos % NANOS_PER_SECOND) + NANOS_PER_SECOND) % NANOS_PER_SECOND;
    const seconds = (this.nanos - fraction) / NANOS_PER_SECOND;
    const whole = new Date(Number(seconds) * 1000).toISOString().replace(/\.000Z$/, "");
    const digits = fraction.toString().padStart(9, "0").replace(/0+$/, "");
    return `${whole}${digits === "" ? "" : `.${digits}`}${this.isUtc ? "Z" : ""}`;
  }
}

/** A date of a calendar. */
export class CalendarDay {
  /** Since 1970-01-01. */
  readonly days: number;

  constructor(days: number) {
    this.days = days;
  }

  get text(): string {
    return new Date(this.days * 86_400_000).toISOString().slice(0, 10);
  }
}
