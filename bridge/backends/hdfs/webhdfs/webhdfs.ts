/**
 * WebHDFS, as NameNodes, HttpFS and Knox serve it (Hadoop's "WebHDFS REST API").
 *
 * A file is written in one request, after another has named the DataNode for it. A request that was cut off leaves a file
 * that looks finished: what was written counts after its length and checksum were compared, and it is renamed into place.
 */
import type { IncomingMessage } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import * as v from "valibot";
import { BackendError } from "../../backend-error.ts";
import type { TlsFiles } from "../../shared/tls-settings.ts";
import { HttpExchange, type HttpRequest, type RequestBody } from "./http-exchange.ts";
import { BlocksAwayError, isInactive, namedException, readRemoteException } from "./remote-exception.ts";

const API = "/webhdfs/v1";

/** DataNodes that are started again answer after about ten seconds. */
const BLOCKS_AWAY_MS = 30_000;
const PAUSE_MS = 250;
const MAX_PAUSE_MS = 2_000;

export interface WebHdfsSettings {
  /** Names it for people: "HDFS at http://namenode:9870". */
  readonly where: string;
  /** Of the NameNode or gateway, perhaps with a path that comes before /webhdfs/v1. */
  readonly url: string;
  /** Of the other NameNodes, where one of several is active. */
  readonly otherUrls?: readonly string[];
  readonly requestTimeoutMs: number;
  /** Who we say we are, where the cluster believes that. */
  readonly user?: string | undefined;
  /** Read with the first request. @throws BackendError */
  readonly delegationToken?: (() => string) | undefined;
  /** The Authorization header. @throws BackendError */
  readonly authorization?: (() => string) | undefined;
  readonly tls?: (() => TlsFiles) | undefined;
}

const FileStatusSchema = v.object({
  pathSuffix: v.string(),
  type: v.picklist(["FILE", "DIRECTORY", "SYMLINK"]),
  length: v.number(),
  modificationTime: v.number(),
  // Not every gateway tells it.
  fileId: v.optional(v.number(), 0),
});
const ListingSchema = v.object({ FileStatuses: v.object({ FileStatus: v.array(FileStatusSchema) }) });
const PageSchema = v.object({
  DirectoryListing: v.object({ partialListing: ListingSchema, remainingEntries: v.number() }),
});
const StatusSchema = v.object({ FileStatus: FileStatusSchema });
const BooleanSchema = v.object({ boolean: v.boolean() });
const ChecksumSchema = v.object({ FileChecksum: v.object({ algorithm: v.string(), bytes: v.string() }) });

/** `pathSuffix` is the name in its folder; `modificationTime` by the NameNode's clock, in milliseconds. */
export type FileStatus = v.InferOutput<typeof FileStatusSchema>;

/** Another one for another file, also one of the same name. A file keeps it when it is renamed. */
export const stampOf = ({ fileId, modificationTime, length }: FileStatus): string =>
  `${fileId}/${modificationTime}/${length}`;

export interface FileChecksum {
  readonly algorithm: string;
  /** Hexadecimal. */
  readonly bytes: string;
}

export interface ByteRange {
  readonly offset: number;
  readonly length: number;
}

type Query = Readonly<Record<string, string>>;

interface Call {
  readonly method: HttpRequest["method"];
  readonly path: string;
  readonly op: string;
  readonly query?: Query;
  readonly doing: string;
  readonly isWrite?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export class WebHdfs {
  readonly #settings: WebHdfsSettings;
  readonly #http: HttpExchange;
  readonly #bases: readonly string[];
  /** Index of the one that was active when it was last asked. */
  #active = 0;

  constructor(settings: WebHdfsSettings) {
    this.#settings = settings;
    this.#http = new HttpExchange(settings);
    const { url, otherUrls = [] } = settings;
    this.#bases = [url, ...otherUrls].map((one) => one.replace(/\/+$/, "") + API);
  }

  get where(): string {
    return this.#settings.where;
  }

  get requestTimeoutMs(): number {
    return this.#settings.requestTimeoutMs;
  }

  /** Undefined when there is no such folder. In no order to rely on. */
  async list(path: string): Promise<readonly FileStatus[] | undefined> {
    const files: FileStatus[] = [];
    for (let after = ""; ; ) {
      const page = await this.listAfter(path, after);
      if (page === undefined) return undefined;
      files.push(...page.files);
      if (page.remaining === 0) return files;
      after = page.files.at(-1)?.pathSuffix ?? "";
    }
  }

  /** A page of names behind one, in the order of their bytes, which for ASCII is the usual one. */
  async listAfter(
    path: string,
    after: string,
  ): Promise<{ readonly files: readonly FileStatus[]; readonly remaining: number } | undefined> {
    const query = after === "" ? {} : { startAfter: after };
    const call: Call = { method: "GET", path, op: "LISTSTATUS_BATCH", query, doing: `listing ${path}` };
    const found = await this.#json(call, PageSchema, "FileNotFoundException");
    if (found === undefined) return undefined;
    const { partialListing, remainingEntries } = found.DirectoryListing;
    return { files: partialListing.FileStatuses.FileStatus, remaining: remainingEntries };
  }

  /** Undefined when there is nothing. */
  async status(path: string): Promise<FileStatus | undefined> {
    const call: Call = { method: "GET", path, op: "GETFILESTATUS", doing: `looking at ${path}` };
    return (await this.#json(call, StatusSchema, "FileNotFoundException"))?.FileStatus;
  }

  /**
   * Exactly these bytes; waits a while for DataNodes that are away. Undefined when there is no such file.
   * @throws BackendError; "corrupt" where the file ends before the range does
   */
  async read(path: string, range: ByteRange, signal?: AbortSignal): Promise<Buffer | undefined> {
    if (range.length === 0) return Buffer.alloc(0);
    return this.#whileBlocksAreAway(signal, async () => {
      const opened = await this.#open(path, range, signal);
      if (opened === undefined) return undefined;
      const bytes = await this.#http.bytes(opened.answer, opened.request, range.length);
      if (bytes.length === range.length) return bytes;
      throw new BackendError(
        "corrupt",
        `${this.where}: ${path} ends at byte ${range.offset + bytes.length}, and should have ${range.length} bytes from ${range.offset} on: it was damaged or replaced.`,
      );
    });
  }

  /** All of a file as it comes, without a second try. Undefined when there is none. */
  async stream(path: string, signal?: AbortSignal): Promise<AsyncIterable<Buffer> | undefined> {
    const opened = await this.#whileBlocksAreAway(signal, () => this.#open(path, undefined, signal));
    return opened && this.#http.stream(opened.answer, opened.request);
  }

  /** @throws BackendError also where there is such a file already; what is left of a failed one is nobody's. */
  async create(path: string, body: RequestBody): Promise<void> {
    const call: Call = {
      method: "PUT",
      path,
      op: "CREATE",
      query: { overwrite: "false" },
      doing: `writing ${path}`,
      isWrite: true,
    };
    const { answer, request } = await this.#redirected(call, body);
    if (answer.statusCode === 201) {
      answer.resume();
      return;
    }
    throw await this.#refused(answer, request, call);
  }

  /** `missing`: there is nothing of the first name, so that this or an earlier request may have renamed it. */
  async rename(from: string, to: string): Promise<"renamed" | "exists" | "missing"> {
    // Without these options a NameNode answers "false" to all that can go wrong, and moves into a folder of that name.
    const query = { destination: to, renameoptions: "NONE" };
    const call: Call = {
      method: "PUT",
      path: from,
      op: "RENAME",
      query,
      doing: `renaming ${from} to ${to}`,
      isWrite: true,
    };
    const { answer, request } = await this.#sent(call);
    if (answer.statusCode === 200) {
      answer.resume();
      return "renamed";
    }
    const text = await this.#http.text(answer, request);
    const exception = readRemoteException(text)?.exception;
    if (exception === "FileAlreadyExistsException") return "exists";
    if (exception === "FileNotFoundException") return "missing";
    throw this.#named(answer, text, call);
  }

  async makeFolder(path: string): Promise<void> {
    const call: Call = {
      method: "PUT",
      path,
      op: "MKDIRS",
      doing: `making the folder ${path}`,
      isWrite: true,
    };
    await this.#json(call, BooleanSchema);
  }

  /** Files, and folders with all that is in them. Nothing there is fine. */
  async remove(path: string): Promise<void> {
    const query = { recursive: "true" };
    const call: Call = {
      method: "DELETE",
      path,
      op: "DELETE",
      query,
      doing: `deleting ${path}`,
      isWrite: true,
    };
    await this.#json(call, BooleanSchema);
  }

  /** Undefined when there is no such file. */
  async checksum(path: string): Promise<FileChecksum | undefined> {
    const call: Call = { method: "GET", path, op: "GETFILECHECKSUM", doing: `checking ${path}` };
    const { answer, request } = await this.#redirected(call);
    const found = await this.#parsed(answer, request, call, ChecksumSchema, "FileNotFoundException");
    return found?.FileChecksum;
  }

  /** Whether we may do that there. @param access As "rwx". @throws BackendError "unauthorized" where not */
  async checkAccess(path: string, access: string): Promise<void> {
    const query = { fsaction: access };
    const call: Call = { method: "GET", path, op: "CHECKACCESS", query, doing: `using ${path}` };
    const { answer, request } = await this.#sent(call);
    if (answer.statusCode === 200) answer.resume();
    else throw await this.#refused(answer, request, call);
  }

  /** Where a DataNode would take the file; nothing is written. */
  async placeFor(path: string): Promise<URL> {
    const call: Call = { method: "PUT", path, op: "CREATE", doing: "looking for a DataNode" };
    return (await this.#redirection(call)).url;
  }

  /** Whether something answers there. @throws BackendError when nothing does */
  async reach(url: URL): Promise<void> {
    const whom = `The DataNode at ${url.origin}, which the NameNode names`;
    const request: HttpRequest = { method: "GET", url: new URL("/", url), headers: {}, whom, isWrite: false };
    (await this.#http.send(request)).resume();
  }

  close(): void {
    this.#http.close();
  }

  async #open(path: string, range: ByteRange | undefined, signal: AbortSignal | undefined) {
    const query = range === undefined ? {} : { offset: String(range.offset), length: String(range.length) };
    const call: Call = { method: "GET", path, op: "OPEN", query, doing: `reading ${path}`, signal };
    const { answer, request } = await this.#redirected(call);
    if (answer.statusCode === 200) return { answer, request };
    const text = await this.#http.text(answer, request);
    if (readRemoteException(text)?.exception === "FileNotFoundException") return undefined;
    throw this.#named(answer, text, call);
  }

  async #whileBlocksAreAway<Result>(
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const deadline = performance.now() + BLOCKS_AWAY_MS;
    for (let pause = PAUSE_MS; ; pause = Math.min(2 * pause, MAX_PAUSE_MS)) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof BlocksAwayError) || performance.now() > deadline) throw error;
        await wait(pause, undefined, { signal });
      }
    }
  }

  async #json<Schema extends v.GenericSchema>(
    call: Call,
    schema: Schema,
    missing?: string,
  ): Promise<v.InferOutput<Schema> | undefined> {
    const { answer, request } = await this.#sent(call);
    return this.#parsed(answer, request, call, schema, missing);
  }

  /** @param missing The exception that stands for "there is none". */
  async #parsed<Schema extends v.GenericSchema>(
    answer: IncomingMessage,
    request: HttpRequest,
    call: Call,
    schema: Schema,
    missing?: string,
  ): Promise<v.InferOutput<Schema> | undefined> {
    const text = await this.#http.text(answer, request);
    if (answer.statusCode !== 200) {
      if (missing !== undefined && readRemoteException(text)?.exception === missing) return undefined;
      throw this.#named(answer, text, call);
    }
    const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
    if (parsed.success) return parsed.output;
    throw new BackendError(
      "backend-failed",
      `${this.where}, ${call.doing}: its answer is not WebHDFS's. Is "url" that of a NameNode or gateway?`,
    );
  }

  /** Of the NameNode that is active, or of the gateway. */
  async #sent(call: Call): Promise<{ answer: IncomingMessage; request: HttpRequest }> {
    for (let left = this.#bases.length - 1; ; left--) {
      const asked = this.#active;
      const request = this.#requestTo(asked, call);
      try {
        const answer = await this.#http.send(request);
        if (left === 0 || !(await this.#isInactive(answer, request))) return { answer, request };
        this.#turnFrom(asked);
      } catch (error) {
        if (!(error instanceof BackendError) || error.code !== "backend-unavailable") throw error;
        this.#turnFrom(asked);
        // What one may have done is not asked of another in its place: the caller knows whether it may be repeated.
        if (left === 0 || !error.nothingWritten) throw error;
      }
    }
  }

  /** Requests that are under way at the same time find the same: one of them turns to the next. */
  #turnFrom(asked: number): void {
    if (this.#active === asked) this.#active = (asked + 1) % this.#bases.length;
  }

  #requestTo(base: number, { method, path, op, query, isWrite = false, signal }: Call): HttpRequest {
    const url = this.#address(this.#bases[base] ?? "", path, { op, ...query });
    const whom = this.#bases.length === 1 ? this.where : `The NameNode at ${url.origin}`;
    return { method, url, headers: this.#headers(), whom, isWrite, signal };
  }

  async #isInactive(answer: IncomingMessage, request: HttpRequest): Promise<boolean> {
    if (answer.statusCode !== 403) return false;
    return isInactive(readRemoteException(await this.#http.text(answer, request)));
  }

  /** Of the DataNode that the NameNode names; of the gateway itself where it names none. */
  async #redirected(
    call: Call,
    body?: RequestBody,
  ): Promise<{ answer: IncomingMessage; request: HttpRequest }> {
    const redirection = await this.#redirection(call);
    if (redirection.answer !== undefined) {
      return { answer: redirection.answer, request: redirection.request };
    }
    const { url } = redirection;
    const isSameServer = url.origin === redirection.request.url.origin;
    const request: HttpRequest = {
      method: call.method,
      url,
      headers: {
        // HttpFS takes no data of another type.
        ...(body === undefined ? {} : { "content-type": "application/octet-stream" }),
        // A login is for the server that it was given for.
        ...(isSameServer ? this.#headers() : {}),
      },
      body,
      whom: isSameServer ? this.where : `The DataNode at ${url.origin}`,
      isWrite: call.isWrite ?? false,
      signal: call.signal,
    };
    try {
      return { answer: await this.#http.send(request), request };
    } catch (error) {
      // The NameNode goes on naming a DataNode for a while after it has died.
      if (!(error instanceof BackendError) || call.isWrite || isSameServer) throw error;
      throw new BlocksAwayError(error.code, error.message, { cause: error });
    }
  }

  async #redirection(call: Call): Promise<{
    readonly url: URL;
    readonly request: HttpRequest;
    /** Set where the server answered itself. */
    readonly answer?: IncomingMessage;
  }> {
    // Until it has the DataNode's address, nothing is written.
    const { answer, request } = await this.#sent({ ...call, isWrite: false });
    const { location } = answer.headers;
    if (answer.statusCode === 307 && location !== undefined) {
      answer.resume();
      return { url: new URL(location, request.url), request };
    }
    const isAnswer = answer.statusCode === 200 || answer.statusCode === 404;
    if (isAnswer && call.method === "GET") return { url: request.url, request, answer };
    throw await this.#refused(answer, request, call);
  }

  #address(base: string, path: string, query: Query): URL {
    const url = new URL(base + path.split("/").map(encodeURIComponent).join("/"));
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const { user, delegationToken } = this.#settings;
    if (delegationToken !== undefined) url.searchParams.set("delegation", delegationToken());
    else if (user !== undefined) url.searchParams.set("user.name", user);
    return url;
  }

  #headers(): Readonly<Record<string, string>> {
    const authorization = this.#settings.authorization?.();
    return authorization === undefined ? {} : { authorization };
  }

  async #refused(answer: IncomingMessage, request: HttpRequest, call: Call): Promise<BackendError> {
    return this.#named(answer, await this.#http.text(answer, request), call);
  }

  #named({ statusCode, headers }: IncomingMessage, text: string, call: Call): BackendError {
    const exception = readRemoteException(text);
    if (exception !== undefined && statusCode !== 401) return namedException(this.where, call, exception);
    if (statusCode === 401) {
      const step = /negotiate/i.test(headers["www-authenticate"] ?? "")
        ? "It asks for Kerberos, which is not spoken here: use a delegation token, or a gateway (Knox, HttpFS) with a login."
        : 'Check "delegationToken" or "credentials" of the connection.';
      return new BackendError("unauthorized", `${this.where} refuses the login. ${step}`);
    }
    return new BackendError(
      "backend-failed",
      `${this.where}, ${call.doing}: it answered HTTP ${statusCode} in no words of WebHDFS. Is "url" that of a NameNode or gateway?`,
    );
  }
}
