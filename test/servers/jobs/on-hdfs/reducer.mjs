// Of each region a line of JSON.
import { createInterface } from "node:readline";

const totals = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const [region, text] = line.split("\t");
  const { amount, at } = JSON.parse(text);
  const { total, visits, isRecent } = totals.get(region) ?? { total: 0, visits: 0, isRecent: false };
  totals.set(region, { total: total + amount, visits: visits + 1, isRecent: isRecent || at > "2026-01-01" });
}
for (const [id, sums] of totals) console.log(JSON.stringify({ id, code: id.toUpperCase(), ...sums }));
