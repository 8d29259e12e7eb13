/** `driftscope journal` and `forget`: what the bridge keeps for undo, and how it goes. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { deleteBundle, type KeptBundle, keptBundles } from "../bundles/kept-bundles.ts";
import type { Config } from "../config/load-config.ts";
import { BASE_FILE_NAME, BaseFile } from "../headless/base/base-file.ts";
import { basesOfOrigin, forgetBases } from "../headless/base/forget-bases.ts";
import { Journal, type JournalFile } from "../journal/journal.ts";
import { Queue } from "../queue/queue.ts";
import { deleteReport, type KeptReport, keptReports } from "../schedules/kept-reports.ts";
import { DataFolder } from "../server/data-folder.ts";
import { runningBridge } from "./claim-data-folder.ts";
import { confirmed } from "./confirmed.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { queueLine } from "./queue-commands.ts";
import { megabytes, printable } from "./visible-names.ts";

interface FolderOptions {
  readonly config?: string;
  readonly data?: string;
}

export function addJournalCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: FolderOptions) => Config,
): void {
  withFolders(program.command("journal"))
    .description("tell what the journal for undo holds: its size, its limits, and every apply")
    .action((options: FolderOptions) => printJournal(configOf(options)));
  withFolders(program.command("forget").argument("<origin>", "such as https://shop.example"))
    .description("delete what this machine holds about an origin's applies, after showing it")
    .option("--yes", "do not ask")
    .action((origin: string, options: FolderOptions & { readonly yes?: true }) =>
      forget(configOf(options), origin, options.yes ?? false),
    );
}

async function printJournal(config: Config): Promise<void> {
  const folder = new DataFolder(config.dataDir);
  const files = await new Journal(folder.journalFolder).list();
  const { days, bytes } = config.journal;
  console.log(`Journal in ${folder.journalFolder}`);
  console.log(`  holds    ${applies(files.length)}, ${megabytes(sizeOf(files))}`);
  console.log(`  limits   ${days} days, ${megabytes(bytes)}; the oldest go first, none that is not settled`);
  for (const line of files.flatMap((file) => describe(file, folder))) console.log(line);
  const queue = await (await Queue.look(folder.queueFolder)).size();
  if (queue.applies > 0) {
    console.log(
      `  queue    ${applies(queue.applies)}, ${megabytes(queue.bytes)}: \`driftscope queue\` lists it`,
    );
  }
}

async function forget(config: Config, origin: string, yes: boolean): Promise<void> {
  const folder = new DataFolder(config.dataDir);
  if ((await runningBridge(folder)) !== undefined) {
    throw new CliError(
      ExitCode.connection,
      `A bridge runs on the data folder ${folder.path} and writes its journal: stop it first.`,
    );
  }
  const journal = new Journal(folder.journalFolder);
  const files = (await journal.list()).filter(({ header }) => isOf(header?.origin, origin));
  const queue = await Queue.look(folder.queueFolder);
  const queued = (await queue.state()).applies.filter((apply) => isOf(apply.origin, origin));
  const reports = await keptReports(folder.schedulesFolder);
  const reported = reports.filter(({ page }) => page !== undefined && isOf(originOf(page), origin));
  const bundles = await keptBundles(folder.schedulesFolder);
  const bundled = bundles.filter((bundle) => originsOf(bundle).some((one) => isOf(one, origin)));
  const basePath = join(folder.path, BASE_FILE_NAME);
  const base = existsSync(basePath) ? new BaseFile(basePath) : undefined;
  try {
    const bases = base === undefined ? [] : basesOfOrigin(base, (storageKey) => isOf(storageKey, origin));
    const unreadable = reports.filter(({ page }) => page === undefined);
    for (const { path } of unreadable) console.log(`${path} is no report that can be read: look at it.`);
    for (const { path, problem } of bundles)
      if (problem !== undefined) console.log(`${path} is no bundle that can be read: look at it.`);
    if (files.length + bases.length + queued.length + reported.length + bundled.length === 0) {
      console.log(`Nothing is held about ${origin}. \`driftscope journal\` lists the origins.`);
      return;
    }
    console.log(`Held about ${origin}:`);
    console.log(`  journal of ${applies(files.length)}, ${megabytes(sizeOf(files))}`);
    console.log(`  ${bases.length} bases of the command line, with their history`);
    for (const line of files.flatMap((file) => describe(file, folder))) console.log(line);
    if (queued.length > 0) console.log(`  queue of ${applies(queued.length)}, what is not sent will not be:`);
    for (const apply of queued) console.log(queueLine(apply));
    if (reported.length > 0)
      console.log(`  ${reportCount(reported)} of schedules, in ${folder.schedulesFolder}`);
    if (bundled.length > 0) {
      const all = bundled.length === 1 ? "1 bundle" : `${bundled.length} bundles`;
      console.log(`  ${all} of schedules, with all that is in them:`);
      for (const { path } of bundled) console.log(`      ${path}`);
    }
    if (!yes && !(await confirmed("Delete it? These applies can then no longer be undone."))) {
      console.log("Nothing was deleted.");
      return;
    }
    for (const { applyId } of queued) await queue.forget(applyId);
    for (const file of files) await journal.forget(file);
    for (const report of reported) await deleteReport(report);
    for (const bundle of bundled) await deleteBundle(bundle);
    if (base !== undefined) forgetBases(base, bases);
    console.log("Deleted. The backends' records and the panels' own bases were not touched.");
  } finally {
    base?.close();
  }
}

/** A partition or another detail of a storage key may follow the origin. */
function isOf(storageKey: string | undefined, origin: string): boolean {
  const wanted = origin.replace(/\/+$/, "");
  return (
    storageKey !== undefined &&
    (storageKey === wanted || storageKey.startsWith(`${wanted}/`) || storageKey.startsWith(`${wanted}^`))
  );
}

function describe({ header, ...file }: JournalFile, folder: DataFolder): string[] {
  const when = new Date(header?.startedAt ?? file.changedAt).toISOString().replace("T", " ").slice(0, 16);
  const what = header === undefined ? file.path : `${header.connection}/${printable(header.collection)}`;
  const who =
    header?.writer === undefined
      ? ""
      : `, by ${folder.findPanel(header.writer)?.panel.label ?? header.writer}`;
  const where = header?.origin === undefined ? "" : `, of ${printable(header.origin)}`;
  const state = file.state === "settled" ? "" : `, ${file.state}`;
  const lines = [
    `  ${when}  ${what}: ${file.operations} operations, ${megabytes(file.bytes)}${where}${who}${state}`,
  ];
  return file.problem === undefined ? lines : [...lines, `      ${file.problem}`];
}

/** Of a page's address. */
const originOf = (page: string): string | undefined =>
  URL.canParse(page) ? new URL(page).origin : undefined;

/** Of the pages that its collections were made from. */
const originsOf = ({ head }: KeptBundle): string[] =>
  (head?.collections ?? []).flatMap(({ meta }) => meta?.localSchema.identity.storageKey ?? []);

const reportCount = ({ length }: readonly KeptReport[]): string =>
  length === 1 ? "1 report" : `${length} reports`;
const applies = (count: number): string => (count === 1 ? "1 apply" : `${count} applies`);
const sizeOf = (files: readonly JournalFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);
