/** Datasets on HDFS, by WebHDFS: of a NameNode, or of a gateway as HttpFS or Knox. */
import { LRUCache } from "lru-cache";
import * as v from "valibot";
import { readSecret, SecretSchema } from "../../config/secret.ts";
import type { BackendKind, SettingsOf } from "../registry.ts";
import { httpUrl, requestTimeoutMs, tls } from "../rest/rest-settings.ts";
import { readTlsFiles } from "../shared/tls-settings.ts";
import { Dataset } from "./dataset/dataset.ts";
import { folderOf } from "./dataset/dataset-paths.ts";
import { SEGMENT_FORMATS } from "./dataset/manifest.ts";
import type { SegmentCache } from "./dataset/segment-reader.ts";
import { HdfsBackend, type HdfsSettings } from "./hdfs-backend.ts";
import { HdfsJobStorage } from "./job-storage.ts";
import { WebHdfs } from "./webhdfs/webhdfs.ts";

const absolutePath = v.pipe(
  v.string(),
  v.regex(/^(?:\/[^/:]+)+$/, "expected an absolute path without : and without / at its end"),
  v.check(
    (path) => !path.split("/").some((name) => name === "." || name === ".."),
    "expected a path without . and ..",
  ),
);

const settings = {
  url: httpUrl(
    "Address of the NameNode's web server, without /webhdfs/v1: http://namenode:9870. Of a gateway with its path: https://knox:8443/gateway/default.",
  ),
  otherUrls: v.exactOptional(
    v.pipe(
      v.array(httpUrl("As `url`.")),
      v.description(
        "Addresses of the other NameNodes of a cluster that has several: the one that is active is found among all.",
      ),
    ),
  ),
  folder: v.pipe(
    v.optional(absolutePath, "/driftscope"),
    v.description("Folder that holds a folder for each collection; absent = /driftscope."),
  ),
  format: v.pipe(
    v.optional(v.picklist(SEGMENT_FORMATS), "ndjson"),
    v.description(
      'Of the files that records are written to: "ndjson" or "parquet"; absent = ndjson. Files that are there stay as they are until they are merged.',
    ),
  ),
  tablesFolder: v.exactOptional(
    v.pipe(
      absolutePath,
      v.description(
        "Folder whose folders are tables: files of NDJSON, JSON arrays, CSV or Parquet that somebody's job writes, which are read and, unless named in `ours`, never written. Neither in `folder` nor around it.",
      ),
    ),
  ),
  ours: v.exactOptional(
    v.pipe(
      v.array(v.pipe(v.string(), v.minLength(1, "expected a folder's name"))),
      v.description(
        'Names of folders in `tablesFolder` that are ours, "*" = all: they can be pushed to, for which files that hold changed records are written anew under other names. What they were is kept in the folder\'s _driftscope/commits for 30 days. Absent = none.',
      ),
    ),
  ),
  uri: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]+:\/\/[^/\s]+$/, "expected a scheme and a host: hdfs://namenode:8020"),
      v.description(
        "How Hadoop's own programs name the file system, for jobs: hdfs://namenode:8020, or hdfs:// and the name of a cluster with several NameNodes. Absent = webhdfs:// or swebhdfs:// with the url's host.",
      ),
    ),
  ),
  requestTimeoutMs,
  user: v.exactOptional(
    v.pipe(
      v.string(),
      v.minLength(1, "expected a name"),
      v.description("Who we are, where the cluster believes what it is told (user.name)."),
    ),
  ),
  delegationToken: v.exactOptional(
    v.pipe(SecretSchema, v.description("A delegation token (hdfs fetchdt), where the cluster checks.")),
  ),
  credentials: v.exactOptional(
    v.pipe(
      v.union([
        v.strictObject({ bearer: SecretSchema }),
        v.strictObject({
          username: v.pipe(v.string(), v.regex(/^[^:]+$/, "expected a name without :")),
          password: SecretSchema,
        }),
      ]),
      v.description("Login of a gateway: a bearer token, or a name and a password."),
    ),
  ),
  tls,
};

type Settings = SettingsOf<typeof settings>;

export const hdfs: BackendKind<typeof settings> = {
  settings,
  open: (config, configFolder) => new HdfsBackend(hdfsSettings(config, configFolder)),
  describe: (settings) => `${addressesOf(settings)}, ${settings.folder}`,
  jobStorage(config, configFolder) {
    const opened = hdfsSettings(config, configFolder);
    const fs = new WebHdfs(opened);
    const cache: SegmentCache = new LRUCache({ maxSize: JOB_CACHE_BYTES });
    return new HdfsJobStorage({
      fs,
      uri: config.uri ?? config.url.replace(/^http(s?):\/\/([^/]+).*$/, "$1webhdfs://$2"),
      tablesFolder: config.tablesFolder,
      folder: config.folder,
      configFolder,
      datasetOf: (collection) => new Dataset(fs, folderOf(config.folder, collection), cache),
    });
  },
};

/** Of what is read for the input of a job. */
const JOB_CACHE_BYTES = 16 * 1024 * 1024;

function addressesOf({ url, otherUrls = [] }: Pick<Settings, "url" | "otherUrls">): string {
  return [url, ...otherUrls].join(" or ");
}

function hdfsSettings(
  {
    url,
    otherUrls = [],
    folder,
    format,
    tablesFolder,
    ours,
    requestTimeoutMs,
    user,
    delegationToken,
    credentials,
    tls,
  }: Settings,
  configFolder: string,
): HdfsSettings {
  return {
    where: `HDFS at ${addressesOf({ url, otherUrls })}`,
    url,
    otherUrls,
    folder,
    format,
    tablesFolder,
    ours,
    requestTimeoutMs,
    user,
    delegationToken: delegationToken && (() => readSecret(delegationToken, configFolder)),
    authorization: credentials && (() => authorizationOf(credentials, configFolder)),
    tls: tls && (() => readTlsFiles(tls, configFolder)),
  };
}

function authorizationOf(
  credentials: v.InferOutput<typeof settings.credentials>,
  configFolder: string,
): string {
  if ("bearer" in credentials) return `Bearer ${readSecret(credentials.bearer, configFolder)}`;
  const { username, password } = credentials;
  return `Basic ${Buffer.from(`${username}:${readSecret(password, configFolder)}`).toString("base64")}`;
}
