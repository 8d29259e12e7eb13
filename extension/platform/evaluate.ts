/**
 * Evaluates code in the inspected page through DevTools.
 *
 * The callback form of `chrome.devtools.inspectedWindow.eval` is the one that behaves alike in Chromium and
 * Firefox. It gives JSON only and no promises, so whatever the code is, one string comes back.
 */

/** Longest string that the page may answer with, in UTF-16 units: bounds what a hostile page can send. */
export const MAX_ANSWER_UNITS = 1 << 20;

export type EvaluateErrorCode =
  /** The browser does not let extensions look into this page. */
  | "cannot-inspect"
  /** No frame has the URL asked for. */
  | "frame-gone"
  /** The evaluated code threw inside the page. */
  | "page-threw"
  /** What came back is no string within the bound. */
  | "malformed-answer";

export class EvaluateError extends Error {
  override readonly name = "EvaluateError";
  readonly code: EvaluateErrorCode;
  readonly details?: string;

  constructor(code: EvaluateErrorCode, message: string, details?: string) {
    super(message);
    this.code = code;
    if (details !== undefined) this.details = details;
  }
}

/**
 * Evaluates one expression in the inspected page, or in its frame with this URL (Chromium only: Firefox
 * refuses `frameURL`), and resolves to the string it gave.
 *
 * @throws EvaluateError
 */
export function evaluate(expression: string, frameUrl?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    chrome.devtools.inspectedWindow.eval(
      guarded(expression),
      frameUrl === undefined ? {} : { frameURL: frameUrl },
      (answer: unknown, exception) => {
        if (exception?.isError || exception?.isException) {
          reject(evaluationFailed(exception, frameUrl));
        } else if (typeof answer === "string") {
          resolve(answer);
        } else {
          reject(
            new EvaluateError(
              "malformed-answer",
              "The page answered with something other than a short string. Reload the page and try again.",
            ),
          );
        }
      },
    );
  });
}

/** The check uses syntax alone, so that nothing which the page may have patched takes part in it. */
function guarded(expression: string): string {
  return `(function(s){return typeof s==="string"&&s.length<=${MAX_ANSWER_UNITS}?s:null})(${expression}\n)`;
}

type ExceptionInfo = chrome.devtools.inspectedWindow.EvaluationExceptionInfo;

function evaluationFailed(exception: ExceptionInfo, frameUrl: string | undefined): EvaluateError {
  if (exception.isException) {
    return new EvaluateError("page-threw", `The page refused the evaluation: ${exception.value}`);
  }
  const details = [exception.code, exception.description, ...(exception.details ?? [])].join(" ");
  if (exception.code === "E_NOTFOUND" && frameUrl !== undefined) {
    return new EvaluateError("frame-gone", `No frame of the page has the address ${frameUrl} now.`, details);
  }
  return new EvaluateError(
    "cannot-inspect",
    "The browser does not let extensions look into this page (its own pages, stores and files are closed). Open DevTools on another page.",
    details,
  );
}
