// The total and the number of each region's visits, as JSON behind a tab.
import { createInterface } from "node:readline";

const totals = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const [region, amount] = line.split("\t");
  const { total, visits } = totals.get(region) ?? { total: 0, visits: 0 };
  totals.set(region, { total: total + Number(amount), visits: visits + 1 });
}
for (const [region, sums] of totals) console.log(`${region}\t${JSON.stringify(sums)}`);
