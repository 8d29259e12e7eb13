/** What went wrong between us and a broker, without the client's own classes. */

/**
 * `refused`: the broker has answered, with the error `code` of the protocol. `unanswered`: the request was sent, or may
 * have been, and no answer came. `unreachable`: no connection, so nothing was sent. `login`: the broker refused it.
 */
export type FailureKind = "refused" | "unanswered" | "unreachable" | "login";

export class KafkaFailure extends Error {
  override readonly name = "KafkaFailure";
  readonly kind: FailureKind;
  /** The protocol's name of the error: "PRODUCER_FENCED". Empty where no broker said one. */
  readonly code: string;

  constructor(kind: FailureKind, code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.code = code;
  }
}

/** Whether a broker has refused it with one of these codes. */
export const isRefused = (error: unknown, codes: ReadonlySet<string>): boolean =>
  error instanceof KafkaFailure && error.kind === "refused" && codes.has(error.code);

/** Of a request that was under way, as the client throws it. */
export function failureOfRequest(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  const refusal = refusalIn(error);
  if (refusal === undefined) return new KafkaFailure("unanswered", "", saidBy(error), { cause: error });
  return new KafkaFailure("refused", refusal.apiId, refusal.said, { cause: error });
}

/** Of a connection that was being made. */
export function failureOfConnection(error: unknown): KafkaFailure {
  if (error instanceof KafkaFailure) return error;
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    const refusal = refusalIn(at);
    const isLogin = "code" in at && at.code === "PLT_KFK_AUTHENTICATION";
    if (refusal !== undefined || isLogin) {
      return new KafkaFailure("login", refusal?.apiId ?? "", refusal?.said ?? saidBy(at), { cause: error });
    }
  }
  return new KafkaFailure("unreachable", "", saidBy(error), { cause: error });
}

/** A broker's answer may name several things that are wrong: the first says enough. */
function refusalIn(error: unknown): { readonly apiId: string; readonly said: string } | undefined {
  if (!(error instanceof Error)) return undefined;
  const inner: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(inner instanceof Error) || !("apiId" in inner) || typeof inner.apiId !== "string") return undefined;
  const detail = "serverErrorMessage" in inner ? inner.serverErrorMessage : undefined;
  const said = typeof detail === "string" && detail !== "" ? detail : inner.message;
  return { apiId: inner.apiId, said };
}

const saidBy = (error: unknown): string => (error instanceof Error ? error.message : String(error));
