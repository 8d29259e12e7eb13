/** `driftscope queue`: what waits in the bridge for a backend that is away, and how it is taken back. */
import type { Command } from "commander";
import type { QueuedApply, QueueState } from "../../core/protocol/queue-frames.ts";
import type { Config } from "../config/load-config.ts";
import { connectToBridge } from "../headless/remote/join-bridge.ts";
import { Queue } from "../queue/queue.ts";
import { DataFolder } from "../server/data-folder.ts";
import { claimDataFolder, runningBridge } from "./claim-data-folder.ts";
import { confirmed } from "./confirmed.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { megabytes, printable } from "./visible-names.ts";

interface FolderOptions {
  readonly config?: string;
  readonly data?: string;
}

/** The queue, whoever holds it: the bridge that runs, or this process. */
interface QueueAccess {
  state(): Promise<QueueState>;
  remove(applyId: string): Promise<void>;
  acknowledge(applyId: string): Promise<boolean>;
  close(): Promise<void>;
}

export function addQueueCommands(
  program: Command,
  withFolders: (command: Command) => Command,
  configOf: (options: FolderOptions) => Config,
): void {
  const queue = program
    .command("queue")
    .description("tell what waits for backends that are away, and what came of what was sent");
  withFolders(queue.command("list", { isDefault: true }))
    .description("list every queued apply")
    .action((options: FolderOptions) => printQueue(new DataFolder(configOf(options).dataDir)));
  withFolders(queue.command("remove").argument("<apply>", "as `driftscope queue` lists it"))
    .description("take an apply back: what was not sent yet never will be; one that has ended is forgotten")
    .option("--yes", "do not ask")
    .action((applyId: string, options: FolderOptions & { readonly yes?: true }) =>
      remove(new DataFolder(configOf(options).dataDir), applyId, options.yes ?? false),
    );
}

async function printQueue(folder: DataFolder): Promise<void> {
  const running = await runningBridge(folder);
  const queue =
    running === undefined || running.port === 0
      ? await Queue.look(folder.queueFolder)
      : await accessTo(folder, running.port);
  const { applies } = await queue.state();
  await queue.close();
  const bytes = applies.reduce((sum, apply) => sum + apply.bytes, 0);
  const count = applies.length === 1 ? "1 apply" : `${applies.length} applies`;
  console.log(`Queue in ${folder.queueFolder}`);
  console.log(`  holds    ${count}, ${megabytes(bytes)}`);
  console.log(
    running === undefined
      ? "  state    no bridge runs: nothing is sent until `driftscope bridge` does"
      : "  state    the bridge sends it when the backend is there",
  );
  for (const apply of applies) {
    console.log(queueLine(apply));
    if (apply.problem !== undefined && apply.is !== "ended") {
      console.log(`      ${printable(apply.problem.message)}`);
    }
  }
}

async function remove(folder: DataFolder, applyId: string, yes: boolean): Promise<void> {
  const running = await runningBridge(folder);
  const queue =
    running === undefined || running.port === 0
      ? await claimQueue(folder)
      : await accessTo(folder, running.port);
  try {
    const apply = (await queue.state()).applies.find((one) => one.applyId === applyId);
    if (apply === undefined) {
      throw new CliError(ExitCode.usage, `No apply ${applyId} is queued: \`driftscope queue\` lists them.`);
    }
    console.log(queueLine(apply));
    const question =
      apply.is === "ended"
        ? "Forget what came of it? A panel that has not fetched it will learn it from its next compare."
        : "Take it back? What was not sent yet never will be.";
    if (!yes && !(await confirmed(question))) {
      console.log("Nothing was removed.");
      return;
    }
    if (apply.is === "ended") await queue.acknowledge(applyId);
    else await queue.remove(applyId);
    console.log(
      apply.is === "ended" ? "Forgotten." : `Removed: ${apply.counts.waiting} operations will not be sent.`,
    );
  } finally {
    await queue.close();
  }
}

async function accessTo(folder: DataFolder, port: number): Promise<QueueAccess> {
  const client = await connectToBridge(folder, port);
  return {
    state: () => client.queue.state(),
    remove: (applyId) => client.queue.remove(applyId),
    acknowledge: (applyId) => client.queue.acknowledge(applyId),
    close: async () => client.close(),
  };
}

/** Two processes never write one queue. */
async function claimQueue(folder: DataFolder): Promise<QueueAccess> {
  await claimDataFolder(folder);
  const queue = await Queue.open(folder.queueFolder);
  return {
    state: () => queue.state(),
    remove: (applyId) => queue.remove(applyId),
    acknowledge: (applyId) => queue.acknowledge(applyId),
    async close() {
      await queue.close();
      folder.clearRunning();
    },
  };
}

/** One line about a queued apply. */
export function queueLine({
  queuedAt,
  connection,
  collection,
  origin,
  counts,
  bytes,
  is,
  applyId,
}: QueuedApply) {
  const when = new Date(queuedAt).toISOString().replace("T", " ").slice(0, 16);
  const said = Object.entries(counts).flatMap(([name, count]) => (count > 0 ? [`${count} ${name}`] : []));
  const where = origin === "" ? "" : `, of ${printable(origin)}`;
  const what = is === "damaged" ? "damaged" : `${connection}/${printable(collection)}: ${said.join(", ")}`;
  return `  ${when}  ${what}, ${megabytes(bytes)}${where}, apply ${applyId}, ${is}`;
}
