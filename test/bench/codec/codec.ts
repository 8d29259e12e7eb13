import { runInThisContext } from "node:vm";
import { chromium } from "playwright";
import { ensureBrowser } from "../../support/browsers/ensure-browser.ts";
import type { Benchmark } from "../benchmark.ts";
import { bundle } from "../page/bundle.ts";
import { servePage } from "../page/serve-page.ts";
import { type Row, row } from "../report/result.ts";
import type { Rates, RatesRequest } from "./rates.ts";

/** More say nothing new about the cost of one. */
const MOST_RECORDS = 20_000;

/** Value text and digest of one record, in Node and in a worker of Chromium, beside JSON in the same run. */
export const codec: Benchmark = {
  name: "codec",
  async run(options) {
    const request = { records: Math.min(options.records, MOST_RECORDS), runs: options.runs };
    const script = await bundle("codec/rates.ts");
    const inNode = ratesInNode(script, request);
    const { rates: inChromium, browserVersion } = await ratesInChromium(script, request);
    const rows = [...rowsOf("Node", inNode, request), ...rowsOf("Chromium worker", inChromium, request)];
    return { rows, browserVersion };
  },
};

function rowsOf(where: string, rates: Rates, { records }: RatesRequest): readonly Row[] {
  const unit = "µs/record";
  return [
    row(`${where}: encodeValue / JSON.stringify`, records, unit, rates.encode, rates.stringify),
    row(`${where}: decodeValue / JSON.parse`, records, unit, rates.decode, rates.parse),
    row(`${where}: digest / JSON.stringify`, records, unit, rates.digest, rates.stringify),
  ];
}

/** From the same bundle as in the browser, so that the two differ in nothing but where they run. */
function ratesInNode(script: string, request: RatesRequest): Rates {
  const { measureRates } = runInThisContext(`${script};bundled`) as typeof import("./rates.ts");
  return measureRates(request);
}

async function ratesInChromium(
  script: string,
  request: RatesRequest,
): Promise<{ readonly rates: Rates; readonly browserVersion: string }> {
  const server = await servePage({
    "page.js": await bundle("page/page.ts"),
    "rates.js": `${script};onmessage = ({ data }) => postMessage(bundled.measureRates(data));`,
  });
  const browser = await chromium.launch({ executablePath: ensureBrowser("chromium") });
  try {
    const page = await browser.newPage();
    await page.goto(server.url);
    const rates = await page.evaluate((request) => bench.answerOfWorker("/rates.js", request), request);
    return { rates: rates as Rates, browserVersion: browser.version() };
  } finally {
    await browser.close();
    await server.close();
  }
}
