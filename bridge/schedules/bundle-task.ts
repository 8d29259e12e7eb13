/** Pulls collections into a file, by a command that joins this bridge for the backend: no page is needed. */
import { resolve } from "node:path";
import * as v from "valibot";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { type BundleFacts, BundleReportSchema } from "../bundles/bundle-report.ts";
import { bundleFile, deleteOlderBundles, deleteParts } from "../bundles/kept-bundles.ts";
import type { BundleTask } from "../config/schedules-schema.ts";
import { runCommandLine } from "./run-command-line.ts";
import type { Task, TaskRequest, TaskWords } from "./task.ts";

export interface BundleTaskPlaces {
  readonly name: string;
  readonly configFile: string | undefined;
  readonly configFolder: string;
  readonly dataDir: string;
  /** Of bundles, where the config file names no other. */
  readonly bundles: string;
  readonly now: () => number;
}

export function bundleTask(config: BundleTask, words: TaskWords, places: BundleTaskPlaces): Task {
  const { folder, keep, timeLimitMinutes } = config;
  const { name, configFolder, bundles, now } = places;
  const where = folder === undefined ? bundles : resolve(configFolder, folder);
  return {
    ...words,
    async run({ signal }: TaskRequest) {
      await deleteParts(where, name);
      const path = bundleFile(where, name, now());
      const text = await runCommandLine(argumentsOf(config, places, path), {
        signal,
        limitMinutes: timeLimitMinutes,
        shorten: "name fewer collections",
      });
      const facts = factsIn(text);
      // Only now: as long as there is no new one, the old ones are all there is.
      await deleteOlderBundles(where, name, keep);
      return { said: saidOf(facts), bundle: path };
    },
  };
}

function argumentsOf(
  { connection, collections = [], mapping }: BundleTask,
  { configFile, configFolder, dataDir }: BundleTaskPlaces,
  path: string,
): string[] {
  return [
    ...["bundle", "make", "--json"],
    ...(configFile === undefined ? [] : ["--config", configFile]),
    ...["--data", dataDir, "--connection", connection, "--out", path],
    ...collections.flatMap((collection) => ["--collection", collection]),
    ...(mapping === undefined ? [] : ["--mapping", resolve(configFolder, mapping)]),
  ];
}

/** @throws ProtocolError "job-failed" with the command's own words */
function factsIn(text: string): BundleFacts {
  const report = v.safeParse(v.pipe(v.string(), v.parseJson(), BundleReportSchema), text);
  const { bundle, error } = report.success ? report.output : {};
  if (bundle !== undefined) return bundle;
  const why = error?.message ?? "The command ended without a report: run it by hand to see why.";
  throw new ProtocolError("job-failed", `No bundle was made, and earlier ones stay. ${why}`);
}

function saidOf({ collections, bytes }: BundleFacts): string {
  const sum = (of: "records" | "unread"): number => collections.reduce((all, one) => all + one[of], 0);
  const records = sum("records") === 1 ? "1 record" : `${sum("records")} records`;
  const of = collections.length === 1 ? "1 collection" : `${collections.length} collections`;
  const unread = sum("unread");
  const left =
    unread === 0 ? "" : ` ${unread} could not be read and ${unread === 1 ? "is" : "are"} not in it.`;
  return `It holds ${records} of ${of}, ${bytes} bytes.${left}`;
}
