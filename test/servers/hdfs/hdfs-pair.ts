/** A real HDFS with two NameNodes, of which one is active, and one DataNode: each in a process of its own. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePorts } from "../free-ports.ts";
import type { JavaServer } from "../java-server.ts";
import { configure, nodeIn, portsOf, programArguments, settingsOf, takesFiles } from "./hdfs-server.ts";

interface NameNode {
  readonly id: string;
  readonly url: string;
  readonly folder: string;
  readonly server: JavaServer;
}

export class HdfsPair {
  active: NameNode;
  standby: NameNode;
  readonly #data: JavaServer;
  readonly #folder: string;

  private constructor(active: NameNode, standby: NameNode, data: JavaServer, folder: string) {
    this.active = active;
    this.standby = standby;
    this.#data = data;
    this.#folder = folder;
  }

  static async start(): Promise<HdfsPair> {
    const folder = mkdtempSync(join(tmpdir(), "driftscope-hdfs-pair-"));
    const [oneRpc = 0, oneHttp = 0, twoRpc = 0, twoHttp = 0, ...free] = await freePorts(11);
    const shared = {
      "fs.defaultFS": "hdfs://pair",
      "dfs.nameservices": "pair",
      "dfs.ha.namenodes.pair": "one,two",
      "dfs.namenode.rpc-address.pair.one": `127.0.0.1:${oneRpc}`,
      "dfs.namenode.http-address.pair.one": `127.0.0.1:${oneHttp}`,
      "dfs.namenode.rpc-address.pair.two": `127.0.0.1:${twoRpc}`,
      "dfs.namenode.http-address.pair.two": `127.0.0.1:${twoHttp}`,
      "dfs.namenode.shared.edits.dir": `file://${join(folder, "edits")}`,
      "dfs.client.failover.proxy.provider.pair":
        "org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider",
      "dfs.ha.fencing.methods": "shell(/bin/true)",
    };
    const ports = portsOf(free);
    const configured = (name: string, more: Readonly<Record<string, string>> = {}): string => {
      const own = join(folder, name);
      mkdirSync(own);
      configure(own, { ...settingsOf(own, ports), ...shared, ...more });
      return own;
    };
    const isStarted = async (url: string): Promise<boolean> =>
      (await fetch(`${url}/webhdfs/v1/?op=GETFILESTATUS`)).status > 0;
    const nameNode = (id: string, http: number, part: "name" | "standby"): NameNode => {
      const own = configured(id, { "dfs.ha.namenode.id": id });
      const url = `http://127.0.0.1:${http}`;
      return { id, url, folder: own, server: nodeIn(own, part, () => isStarted(url)) };
    };
    const one = nameNode("one", oneHttp, "name");
    const two = nameNode("two", twoHttp, "standby");
    const data = nodeIn(configured("data"), "data", () => takesFiles(one.url));
    const pair = new HdfsPair(one, two, data, folder);
    await one.server.start();
    await two.server.start();
    await activate(one);
    await data.start();
    return pair;
  }

  /** The other one is active from now on; the one that was, which has died, comes back on standby. */
  async failOver(): Promise<void> {
    await activate(this.standby);
    [this.active, this.standby] = [this.standby, this.active];
    await this.standby.server.start();
  }

  async dispose(): Promise<void> {
    await this.#data.dispose();
    await this.active.server.dispose();
    await this.standby.server.dispose();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** By Hadoop's own program for it. */
async function activate({ id, folder }: NameNode): Promise<void> {
  const program = "org.apache.hadoop.hdfs.tools.DFSHAAdmin";
  const args = ["-transitionToActive", "--forceactive", id];
  await promisify(execFile)("java", ["-Xmx128m", ...programArguments([folder]), program, ...args]);
}
