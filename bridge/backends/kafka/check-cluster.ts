/** What keeps a Kafka cluster from being used, one thing after the other. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Finding } from "../../../core/protocol/frames.ts";
import { type Check, checkRight, runChecks } from "../shared/run-checks.ts";
import type { Topic } from "./client/kafka-cluster.ts";
import type { KafkaSettings } from "./kafka-backend.ts";
import { naming } from "./kafka-errors.ts";
import { observedProblem } from "./observed-topic.ts";
import { lostItsBeginning } from "./topic-log.ts";
import { collectionOf } from "./topic-names.ts";
import { missingTopic, problemOf } from "./topic-rules.ts";
import type { Topics } from "./topics.ts";

export interface CheckedCluster {
  readonly topics: Topics;
  readonly settings: Pick<KafkaSettings, "sasl" | "tls" | "brokers" | "prefix" | "stream" | "observed">;
  /** Where materializations are kept. */
  readonly folder: string;
}

const CHECKS: readonly Check<CheckedCluster>[] = [
  { about: "server", look: checkServer },
  { about: "topics", look: checkTopics },
  { about: "events", look: checkEvents },
  { about: "writing", look: checkWriting },
  { about: "access", look: checkAccess },
  { about: "copies", look: checkCopies },
];

/** As RemoteBackend.check. */
export const checkCluster = (cluster: CheckedCluster): Promise<readonly Finding[]> =>
  runChecks(cluster, CHECKS);

/** The versions of requests that are sent; brokers from Kafka 3.1 on know them. */
const NEEDED: Readonly<Record<string, number>> = { Fetch: 13, Produce: 9, Metadata: 12, FindCoordinator: 4 };

/** From Kafka 3.6 on brokers ask the coordinator whether a transaction is open before they append to it (KIP-890). */
const VERIFYING_ADD_PARTITIONS = 4;

async function checkServer({ topics: { cluster } }: CheckedCluster): Promise<Finding[]> {
  const about = "server";
  const versions = await naming(cluster.where, "say what it is", async () => {
    // Versions are told to everybody, this to who has logged in.
    await cluster.id();
    return cluster.versions();
  });
  const missing = Object.entries(NEEDED).filter(([name, version]) => (versions.get(name) ?? -1) < version);
  if (missing.length > 0) {
    const named = missing.map(([name, version]) => `${name} ${version}`).join(", ");
    return [{ about, is: "wrong", said: `is older than Kafka 3.1 (it does not know ${named}): update it` }];
  }
  if ((versions.get("AddPartitionsToTxn") ?? 0) < VERIFYING_ADD_PARTITIONS) {
    const said =
      "is older than Kafka 3.6, whose brokers can append what arrives after its transaction has ended: then nothing more can be read until somebody aborts it (kafka-transactions.sh abort). Update it";
    return [{ about, is: "doubtful", said }];
  }
  return [{ about, is: "right", said: `Kafka, its requests up to Produce ${versions.get("Produce")}` }];
}

async function checkTopics({ topics }: CheckedCluster): Promise<Finding[]> {
  const { cluster, prefix } = topics;
  const names = await naming(cluster.where, "list topics", () => cluster.topicNames());
  const ours = names.filter((name) => collectionOf(prefix, name) !== undefined).sort();
  if (ours.length === 0) {
    const said = `there is none of the prefix ${prefix} yet: each collection's is made with it`;
    return [{ about: "topics", is: "right", said }];
  }
  const findings: Finding[] = [];
  for (const name of ours) {
    const topic = await naming(cluster.where, `look at the topic ${name}`, () => cluster.topic(name));
    if (topic !== undefined) findings.push(await checkTopic(topics, topic));
  }
  return findings;
}

async function checkTopic({ cluster }: Topics, topic: Topic): Promise<Finding> {
  const about = `topic ${topic.name}`;
  const { config, logStart } = await naming(cluster.where, `look at the topic ${topic.name}`, async () => ({
    config: await cluster.topicConfig(topic.name),
    logStart: topic.rights.read ? await cluster.logStart(topic) : 0,
  }));
  const problem = problemOf(topic, config);
  if (problem !== undefined) return { about, is: "wrong", said: problem };
  if (logStart > 0) return { about, is: "wrong", said: lostItsBeginning(topic.name, logStart).message };
  const doubts = doubtsOf(topic, config);
  if (doubts.length > 0) return { about, is: "doubtful", said: doubts.join("; ") };
  return { about, is: "right", said: `is compacted, ${topic.replicas} copies` };
}

/** The topics that others are to read. */
async function checkEvents({ topics: { cluster }, settings }: CheckedCluster): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const setting of ["stream", "observed"] as const) {
    const name = settings[setting];
    if (name === undefined) continue;
    const topic = await naming(cluster.where, `look at the topic ${name}`, () => cluster.topic(name));
    findings.push({ about: `topic ${name}`, ...judgeEvents(topic, name, setting, settings) });
  }
  return findings;
}

function judgeEvents(
  topic: Topic | undefined,
  name: string,
  setting: "stream" | "observed",
  settings: CheckedCluster["settings"],
): Omit<Finding, "about"> {
  const problem = setting === "observed" ? observedProblem({ ...settings, name }) : undefined;
  if (problem !== undefined) return { is: "wrong", said: problem };
  if (topic === undefined) return { is: "wrong", said: missingTopic(name, setting) };
  if (!topic.rights.write) return { is: "doubtful", said: "this login may not write it: grant it Write" };
  const told = setting === "stream" ? "accepted writes" : "what pages write";
  return { is: "right", said: `takes events of ${told}, ${topic.partitions} partitions` };
}

function doubtsOf({ replicas, rights }: Topic, config: ReadonlyMap<string, string>): string[] {
  const doubts: string[] = [];
  if (!rights.read) doubts.push("this login may not read it: grant it Read");
  if (!rights.write)
    doubts.push("this login may not write it: grant it Write, or set the level to read-only");
  if (replicas < 2) doubts.push("there is one copy: what its broker loses is lost");
  else if (Number(config.get("min.insync.replicas")) < 2) {
    doubts.push("min.insync.replicas is 1: what is acknowledged may be on one broker only. Set it to 2");
  }
  if (config.get("unclean.leader.election.enable") === "true") {
    doubts.push("unclean.leader.election.enable is true: brokers may forget what they acknowledged");
  }
  return doubts;
}

/** Taking over an id that no collection has takes the right to, and writes nothing. */
async function checkWriting({ topics: { cluster, prefix } }: CheckedCluster): Promise<Finding[]> {
  const take = () => naming(cluster.where, "write transactions", () => cluster.takeOver(`${prefix}..doctor`));
  return [await checkRight("writing", take)];
}

async function checkAccess({ settings: { sasl, tls, brokers } }: CheckedCluster): Promise<Finding[]> {
  const about = "access";
  const isHere = brokers.every(({ host }) => /^(localhost|127\.|::1$)/.test(host));
  if (tls === undefined && !isHere) {
    const said = 'what is sent, the login too, can be read on its way: connect by TLS ("tls")';
    return [{ about, is: "doubtful", said }];
  }
  if (sasl === undefined && tls === undefined) {
    const said = "the brokers ask for no login: whoever reaches them can read and write";
    return [{ about, is: "doubtful", said }];
  }
  return [{ about, is: "right", said: sasl === undefined ? "by TLS" : "takes a login" }];
}

/** What topics say is kept on this machine, with the bodies: whoever looks should know where, and how much. */
async function checkCopies({ folder }: CheckedCluster): Promise<Finding[]> {
  const about = "copies";
  const names = existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: "utf8" }) : [];
  const stats = names.map((name) => statSync(join(folder, name), { throwIfNoEntry: false }));
  const bytes = stats.reduce((sum, found) => sum + (found?.isFile() ? found.size : 0), 0);
  const megabytes = (bytes / 2 ** 20).toFixed(1);
  const said = `${megabytes} MB of what topics say are kept in ${folder}; deleting it while no bridge runs costs reading them again`;
  return [{ about, is: "right", said }];
}
