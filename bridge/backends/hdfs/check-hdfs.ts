/** What keeps datasets on HDFS from being used, one thing after the other. Writes nothing. */
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, checkRight, runChecks } from "../shared/run-checks.ts";
import { requireApart } from "./folders/folder-tables.ts";
import type { WebHdfs } from "./webhdfs/webhdfs.ts";

interface Subject {
  readonly fs: WebHdfs;
  readonly folder: string;
  readonly tablesFolder: string | undefined;
  /** Names of tables that may be written; "*" = all. */
  readonly ours: readonly string[];
}

const CHECKS: readonly Check<Subject>[] = [
  { about: "server", look: checkServer },
  { about: "folder", look: checkFolder },
  { about: "writing", look: checkWriting },
  { about: "tables", look: checkTables },
  { about: "tables of ours", look: checkOurs },
  { about: "DataNode", look: checkDataNode },
];

/** As RemoteBackend.check. */
export const checkHdfs = (subject: Subject): Promise<readonly Finding[]> => runChecks(subject, CHECKS);

async function checkServer({ fs }: Subject): Promise<Finding[]> {
  await fs.status("/");
  return [{ about: "server", is: "right", said: "answers by WebHDFS" }];
}

async function checkFolder({ fs, folder }: Subject): Promise<Finding[]> {
  const about = `folder ${folder}`;
  const status = await fs.status(folder);
  if (status === undefined) {
    return [{ about, is: "right", said: "is not there yet: the first collection makes it" }];
  }
  if (status.type !== "DIRECTORY") {
    return [{ about, is: "wrong", said: 'is a file: name another one by "folder"' }];
  }
  await fs.checkAccess(folder, "r-x");
  return [{ about, is: "right", said: "can be read" }];
}

/** The right to write in the folder, or in the nearest one above it that is there. */
async function checkWriting({ fs, folder }: Subject): Promise<Finding[]> {
  let there = folder;
  while (there !== "/" && (await fs.status(there)) === undefined) {
    there = there.slice(0, there.lastIndexOf("/")) || "/";
  }
  return [await checkRight("writing", () => fs.checkAccess(there, "-wx"))];
}

async function checkTables({ fs, folder, tablesFolder }: Subject): Promise<Finding[]> {
  if (tablesFolder === undefined) return [];
  requireApart(tablesFolder, folder);
  const about = `tables in ${tablesFolder}`;
  const status = await fs.status(tablesFolder);
  if (status?.type !== "DIRECTORY") {
    return [{ about, is: "wrong", said: 'there is no such folder: name another one by "tablesFolder"' }];
  }
  await fs.checkAccess(tablesFolder, "r-x");
  return [{ about, is: "right", said: "can be read" }];
}

/** Of those that are named, whether they are there and can be written. */
async function checkOurs({ fs, tablesFolder, ours }: Subject): Promise<Finding[]> {
  if (ours.length === 0) return [];
  if (tablesFolder === undefined) {
    return [
      {
        about: "tables of ours",
        is: "wrong",
        said: '"ours" names folders of "tablesFolder", which is missing',
      },
    ];
  }
  return Promise.all(
    ours.filter((name) => name !== "*").map((name) => checkOwn(fs, `${tablesFolder}/${name}`)),
  );
}

async function checkOwn(fs: WebHdfs, folder: string): Promise<Finding> {
  const about = `table of ours ${folder}`;
  if ((await fs.status(folder))?.type !== "DIRECTORY") {
    return { about, is: "wrong", said: 'there is no such folder: name another one in "ours"' };
  }
  return checkRight(about, () => fs.checkAccess(folder, "rwx"));
}

/** Files go to DataNodes, whose names only the cluster may know. */
async function checkDataNode({ fs, folder }: Subject): Promise<Finding[]> {
  const place = await fs.placeFor(`${folder}/_driftscope-doctor`);
  await fs.reach(place);
  return [{ about: "DataNode", is: "right", said: `${place.host} can be reached` }];
}
