/**
 * The records of the benchmarks: orders of a shop, mean about 250 B as JSON, with what real records have and
 * JSON has not (Date, Uint8Array in one of five). The same seed and number give the same record everywhere.
 */
import { Random } from "./random.ts";

export interface BenchRecord {
  /** The in-line key, 13 characters, ascending with the record's number. */
  readonly id: string;
  readonly status: string;
  readonly paid: boolean;
  readonly created: Date;
  readonly customer: { readonly name: string; readonly address: { readonly city: string } };
  readonly tags: readonly string[];
  readonly items: readonly { readonly sku: number; readonly price: number }[];
  readonly total: number;
  readonly checksum?: Uint8Array;
}

const SEED = 7411;
export const KEY_PATH = "id";

const STATUSES = ["open", "packed", "shipped", "returned"] as const;
const NAMES = [
  "Ada Lovelace",
  "Grace Hopper",
  "Zoë Müller",
  "李小龙",
  "Alan Turing",
  "Katherine Johnson",
] as const;
const CITIES = ["Berlin", "São Paulo", "Kyōto", "Nairobi", "Reykjavík", "Wellington"] as const;
const TAGS = ["gift", "express", "b2b", "fragile", "reorder"] as const;
const FIRST_DAY = Date.UTC(2024, 0, 1);
const MINUTE = 60_000;

function benchKey(number: number): string {
  return `order-${String(number).padStart(7, "0")}`;
}

export function benchRecord(number: number, seed: number = SEED): BenchRecord {
  const random = new Random(seed, number);
  const items = Array.from({ length: random.below(4) === 0 ? 2 : 1 }, () => ({
    sku: random.below(1_000_000),
    price: Math.round(random.next() * 20_000) / 100,
  }));
  const record = {
    id: benchKey(number),
    status: random.pick(STATUSES),
    paid: random.next() < 0.5,
    created: new Date(FIRST_DAY + random.below(1_000_000) * MINUTE),
    customer: { name: random.pick(NAMES), address: { city: random.pick(CITIES) } },
    tags: Array.from({ length: random.below(3) }, () => random.pick(TAGS)),
    items,
    total: items.reduce((sum, item) => sum + item.price, 0) * 1.19,
  };
  return number % 5 === 0 ? { ...record, checksum: checksum(random) } : record;
}

const WORDS = 4096;

/** A record of about this many units of text, which is like no other record's. */
export function largeRecord(number: number, units: number): { readonly id: string; readonly text: string } {
  const random = new Random(SEED, number);
  const words: string[] = [];
  for (let length = 0; length < units; length += 9) words.push(`word${random.below(WORDS)}`.padEnd(8, "-"));
  return { id: benchKey(number), text: words.join(" ") };
}

function checksum(random: Random): Uint8Array {
  return Uint8Array.from({ length: 16 }, () => random.below(256));
}
