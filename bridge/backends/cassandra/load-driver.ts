/** The driver is an optional peer: it is loaded when a cluster is first asked for something. */
import { BackendError } from "../backend-error.ts";

export type Driver = typeof import("cassandra-driver");

/** @throws BackendError "unsupported" naming the package */
export async function loadDriver(): Promise<Driver> {
  try {
    // A CommonJS package: its exports are the default.
    const { default: driver } = (await import("cassandra-driver")) as unknown as { default: Driver };
    return driver;
  } catch (error) {
    throw new BackendError(
      "unsupported",
      "A connection to Cassandra takes the package cassandra-driver, which is not installed: npm install cassandra-driver",
      { cause: error },
    );
  }
}
