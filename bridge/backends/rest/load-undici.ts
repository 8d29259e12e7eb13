import { BackendError } from "../backend-error.ts";

type Undici = typeof import("undici");

/** An optional peer, loaded with the first request. @throws BackendError "unsupported" naming the package */
export async function loadUndici(): Promise<Undici> {
  try {
    return await import("undici");
  } catch (error) {
    throw new BackendError(
      "unsupported",
      "This connection takes the package undici, which is not installed: npm install undici@7",
      { cause: error },
    );
  }
}
