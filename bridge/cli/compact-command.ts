/** `driftscope compact`: merges the files of a collection, where its backend keeps any. */
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { messageOf } from "../../core/session/session-error.ts";
import type { StoredFiles } from "../backends/backend.ts";
import { openBackend } from "../backends/registry.ts";
import type { Config } from "../config/load-config.ts";
import { CliError, ExitCode } from "./exit-codes.ts";
import { requireConnection } from "./require-connection.ts";
import { megabytes, printable } from "./visible-names.ts";

export interface CompactOptions {
  readonly connection: string;
  readonly collection: string;
}

/** @throws CliError where there is nothing of the kind, nothing may be written, or it failed */
export async function compactCollection(
  config: Config,
  { connection: name, collection }: CompactOptions,
): Promise<void> {
  const connection = requireConnection(config, name);
  if (connection.level === "read-only") {
    throw new CliError(
      ExitCode.usage,
      `The connection "${name}" is read-only: its level in the config file says so, and nothing is merged there.`,
    );
  }
  const backend = openBackend(connection, { config: config.folder, data: config.dataDir });
  try {
    if (backend.compact === undefined) {
      throw new CliError(
        ExitCode.usage,
        `A connection to ${connection.backend} keeps no segments that could be merged: collections on HDFS do.`,
      );
    }
    const { before, after } = await backend.compact(collection).catch((error: unknown) => {
      throw failed(error);
    });
    console.log(printable(collection));
    console.log(`  before  ${wordsOf(before)}`);
    console.log(`  after   ${wordsOf(after)}`);
  } finally {
    await backend.close();
  }
}

function failed(error: unknown): CliError {
  const isUnknown = error instanceof ProtocolError && error.code === "unknown-collection";
  return new CliError(isUnknown ? ExitCode.usage : ExitCode.connection, messageOf(error), { cause: error });
}

const wordsOf = ({ segments, bytes, formats }: StoredFiles): string =>
  `${segments === 1 ? "1 segment" : `${segments} segments`}${formats.length === 0 ? "" : ` (${formats.join(", ")})`}, ${megabytes(bytes)}`;
