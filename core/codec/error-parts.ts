import { ERROR_NAMES, type ErrorName } from "./text-format.ts";

export interface ErrorParts {
  readonly name: ErrorName;
  readonly message: string | undefined;
  readonly stack: string | undefined;
  readonly hasCause: boolean;
  readonly cause: unknown;
}

/** What structured cloning keeps of an error. */
export function errorParts(error: object): ErrorParts {
  const { name, stack } = error as { readonly name?: unknown; readonly stack?: unknown };
  const message = Object.getOwnPropertyDescriptor(error, "message");
  const cause = Object.getOwnPropertyDescriptor(error, "cause");
  return {
    name: ERROR_NAMES.find((known) => known === name) ?? "Error",
    message: message !== undefined && "value" in message ? String(message.value) : undefined,
    stack: typeof stack === "string" ? stack : undefined,
    hasCause: cause !== undefined && "value" in cause,
    cause: cause?.value,
  };
}
