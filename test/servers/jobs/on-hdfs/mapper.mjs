// Of each visit its region, then what is summed up.
import { createInterface } from "node:readline";

for await (const line of createInterface({ input: process.stdin })) {
  const { region, amount, at } = JSON.parse(line);
  console.log(`${region}\t${JSON.stringify({ amount, at })}`);
}
