/** What brokers and connections to them say, in words with the next step. */
import { BackendError } from "../backend-error.ts";
import { networkWords, sentence } from "../shared/network-errors.ts";
import { KafkaFailure } from "./client/kafka-failure.ts";

/** What a login lacks, by the broker's answer. */
const RIGHTS: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED:
    "Read, Write, Describe and DescribeConfigs on the topics of the collections, and Create where they are to be made",
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    "Write and Describe on the transactional ids, which are named as the topics are",
  CLUSTER_AUTHORIZATION_FAILED:
    "Create on the cluster or on the topics of the collections, and IdempotentWrite",
};

/**
 * @param where Names the cluster.
 * @param doing What was being done: "read the topic x".
 */
export function namedError(error: unknown, where: string, doing: string, nothingWritten = true): unknown {
  if (!(error instanceof KafkaFailure)) return error;
  const options = { cause: error, nothingWritten };
  const said = error.message.replace(/\.$/, "");
  const right = RIGHTS[error.code];
  if (right !== undefined) {
    return new BackendError(
      "unauthorized",
      `${where} does not allow this login to ${doing} (${error.code}): grant it ${right}; or use another login.`,
      options,
    );
  }
  switch (error.kind) {
    case "login":
      return new BackendError(
        "unauthorized",
        `${where} refused the login (${said}): check "sasl" in the bridge's config file.`,
        options,
      );
    case "unreachable":
      return new BackendError(
        "backend-unavailable",
        `${where} cannot be reached: ${unreachable(error)}`,
        options,
      );
    case "unanswered":
      return new BackendError(
        "backend-unavailable",
        `${where} did not answer when asked to ${doing} (${said}): is it running, and is the port one of Kafka's, with "tls" and "sasl" as it wants them?`,
        options,
      );
    case "refused":
      return new BackendError(
        "backend-failed",
        `${where} refused to ${doing}: ${said} (${error.code}).`,
        options,
      );
  }
}

/** Runs `work`; its errors are named. */
export async function naming<Result>(
  where: string,
  doing: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw namedError(error, where, doing);
  }
}

/** The client wraps what Node says, and Node what it says of each address of a host. */
function unreachable(failure: KafkaFailure): string {
  let at: unknown = failure.cause;
  while (at instanceof Error) {
    if (at.message.startsWith("TLS handshake failed"))
      return "TLS could not be agreed on. Is this a port with TLS?";
    const words = networkWords(at);
    if (words !== undefined) return sentence(words);
    at = at instanceof AggregateError ? at.errors[0] : at.cause;
  }
  return sentence(failure.message);
}
