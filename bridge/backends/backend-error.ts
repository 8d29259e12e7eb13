import { ProtocolError, type ProtocolErrorCode } from "../../core/protocol/protocol-error.ts";

/** A backend failed in a way that it can name. */
export class BackendError extends ProtocolError {
  /** Whether it is certain that the call wrote nothing. */
  readonly nothingWritten: boolean;

  constructor(
    code: ProtocolErrorCode,
    message: string,
    options: ErrorOptions & { readonly nothingWritten?: boolean } = {},
  ) {
    super(code, message, options);
    this.nothingWritten = options.nothingWritten ?? true;
  }
}
