import type { MappingSettings, Policy } from "../../core/mapping/mapping-settings.ts";
import type { Config } from "../config/load-config.ts";
import type { BrowserOptions } from "./browser/browser-session.ts";
import type { Terminal } from "./terminal.ts";

/** What a person asked for, checked as far as it can be without page and backend. */
/** Commands that do one thing and report it. */
export type OnceCommand = "diff" | "push" | "pull" | "resolve" | "undo";

export interface CommandInput<Command extends OnceCommand | "watch" = OnceCommand | "watch"> {
  readonly command: Command;
  readonly config: Config;
  readonly browser: BrowserOptions;
  /** Of the page. */
  readonly url: string;
  /** False: an empty page of the same origin stands in for the application. */
  readonly app: boolean;
  /** URL of the frame whose storage is meant; undefined = the page itself. */
  readonly frame: string | undefined;
  /** Storage bucket; "" = the default one. */
  readonly bucket: string;
  readonly database: string;
  /** Empty = all of the database. */
  readonly stores: readonly string[];
  /** Its name; of a bundle, what it is called in reports. */
  readonly connection: string;
  /** The path of a bundle that stands in for the connection; undefined = the connection itself. */
  readonly bundle: string | undefined;
  /** Undefined = `database.store`. */
  readonly collection: string | undefined;
  readonly settings: MappingSettings;
  readonly policy: Policy;
  /** resolve: one record's key bytes, and what is taken for it. */
  readonly record:
    | { readonly key: Uint8Array; readonly take: "local" | "remote" | { readonly value: unknown } }
    | undefined;
  /** undo: which apply; undefined = the newest. */
  readonly undo: string | undefined;
  /** Goes on with this apply. */
  readonly resume: string | undefined;
  readonly dryRun: boolean;
  /** The plan needs no answer on the terminal. */
  readonly yes: boolean;
  /** Names that were typed with --confirm. */
  readonly confirmed: readonly string[];
  /** diff: the remote is read anew, also where the bridge keeps its last scan. */
  readonly fresh: boolean;
  /** Which fields differ is read for each drift. */
  readonly withFields: boolean;
  /** An apply begins that can be resumed from now on. */
  readonly onApply: (applyId: string) => void;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}
