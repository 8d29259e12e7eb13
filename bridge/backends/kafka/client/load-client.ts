/** The client is an optional peer: it is loaded when a cluster is first asked for something. */
import { BackendError } from "../../backend-error.ts";

export type Client = typeof import("@platformatic/kafka");

/** @throws BackendError "unsupported" naming the package */
export async function loadClient(): Promise<Client> {
  try {
    return await import("@platformatic/kafka");
  } catch (error) {
    throw new BackendError(
      "unsupported",
      "A connection to Kafka takes the package @platformatic/kafka, which is not installed: npm install @platformatic/kafka@1",
      { cause: error },
    );
  }
}
