// Of each visit to the region its amount; a line that is no JSON ends the job.
import { createInterface } from "node:readline";

process.stderr.write("reporter:status:reading visits\n");
for await (const line of createInterface({ input: process.stdin })) {
  const { region, amount } = JSON.parse(line);
  if (region === process.env.REGION) console.log(`${region}\t${amount}`);
}
