/** Records of an invented field-notes application, with every type of value that the panel must show truthfully. */
import { BlobValue, OpaqueValue } from "../../../../core/codec/platform-values.ts";

const SITES = [
  "Kvarnholm substation",
  "Öster pumping station",
  "محطة الوادي الأخضر",
  "Harbour gate 4",
  "Σταθμός Πυλαίας 2",
  "Sandvik north mast",
  "Granby transformer yard",
  "Lower Elm culvert",
  "Wharf Road meter room",
  "Ashdown reservoir, spillway 2",
];
const PEOPLE = [
  "Amara Okafor",
  "Jonas Lindqvist",
  "Layla Haddad",
  "Tomás Rivera",
  "Mei-Ling Chow",
  "Priya Nair",
];
const STATUSES = ["draft", "ready", "approved", "rejected"];

const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

export function visitKey(i: number): string {
  return `v-${String(i).padStart(5, "0")}`;
}

export function visit(i: number): Record<string, unknown> {
  const record: Record<string, unknown> = {
    id: visitKey(i),
    status: pick(STATUSES, i),
    site: {
      code: `S-${i % 40}`,
      name: pick(SITES, i),
      position: { lat: 59.3 + (i % 100) / 1000, lon: 18.15217 },
    },
    inspector: pick(PEOPLE, i * 7),
    visitedAt:
      i % 97 === 5
        ? new Date(Number.NaN)
        : new Date(Date.UTC(2026, 10, 1 + (i % 20), 8, i % 60, i % 50, 218)),
    notes: `Pump ${i % 4} bearing noise at ${1000 + (i % 500)} rpm. Grease low.`,
    meter: 90071992547400000n + BigInt(i),
    offset: pick([-0, 0.25, Number.NaN, 12, -0.125, Number.POSITIVE_INFINITY], i),
  };
  if (i % 3 === 0) record.tags = new Set(["oil", "roof", "fence"].slice(0, 1 + (i % 3)));
  if (i % 4 === 0)
    record.checks = new Map<unknown, unknown>([
      ["breaker", true],
      ["oil level", i % 8 === 0],
    ]);
  if (i % 2 === 0) record.readings = Float32Array.from({ length: 24 }, (_, at) => ((i + at) % 8) / 4);
  if (i % 5 === 0) record.approvedBy = undefined;
  if (i % 6 === 1) {
    record.photos = [
      new BlobValue({ type: "image/jpeg", size: 2_412_331, bytes: new Uint8Array(4) }),
      new BlobValue({
        type: "image/webp",
        size: 188_201,
        name: "meter.webp",
        lastModified: 1_700_000_000_000,
        bytes: new Uint8Array(4),
      }),
    ];
  }
  if (i % 11 === 2) {
    const sparse: unknown[] = [1, "two"];
    sparse[6] = null;
    record.sparse = sparse;
    record.self = record;
    record.pattern = /b[au]t/giu;
    record.failure = new RangeError("meter out of range");
  }
  if (i % 23 === 4) record.sealKey = new OpaqueValue("CryptoKey", "AES-GCM 256, not extractable");
  if (i % 7 === 3) record.signature = Uint8Array.from({ length: 412 }, (_, at) => (at * 37 + i) % 256).buffer;
  return record;
}
