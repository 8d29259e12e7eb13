/** What a gateway answers when it does not do what it is asked, in words, and whether anything can have been written. */
import { BackendError } from "../backend-error.ts";
import type { RestAnswer } from "../rest/rest-client.ts";

const NOT_SET_UP = "`driftscope init CONNECTION` shows what it would make, and makes it.";

/** @param isWrite Whether the request could change something. */
export function refusal({ status, text }: RestAnswer, where: string, isWrite: boolean): BackendError {
  const said = firstWords(text);
  const cause = new Error(text.slice(0, 2000));
  if (status === 401) {
    return new BackendError(
      "unauthorized",
      `${where} refused the login: check "credentials" in the bridge's config file.`,
      { cause },
    );
  }
  if (status === 403) {
    return new BackendError(
      "unauthorized",
      `${where} does not allow this login to do that: ${said}. Grant the right, or use another login.`,
      { cause },
    );
  }
  if (/KeyValue size too large/i.test(text)) {
    return new BackendError(
      "too-large",
      `${where} takes no cell so large: raise hbase.client.keyvalue.maxsize of the gateway, and hbase.server.keyvalue.maxsize.`,
      { cause },
    );
  }
  if (/NoSuchColumnFamily/.test(text)) {
    return new BackendError(
      "not-set-up",
      `${where} has a table of this name without our column families: name another as "table" in the bridge's config file. ${NOT_SET_UP}`,
      { cause },
    );
  }
  if (status === 404) {
    return new BackendError("not-set-up", `${where} has no table of Driftscope yet: ${NOT_SET_UP}`, {
      cause,
    });
  }
  // 5xx: the gateway gave up waiting for the servers behind it, which may still do it.
  const isUnavailable = status >= 500;
  return new BackendError(
    isUnavailable ? "backend-unavailable" : "backend-failed",
    isUnavailable
      ? `${where} gets no answer from the servers behind it (HTTP ${status}${said === "" ? "" : `: ${said}`}).`
      : `${where} refused the request (HTTP ${status}${said === "" ? "" : `: ${said}`}): check "url", and that it is HBase's REST gateway.`,
    { cause, nothingWritten: !isWrite || !isUnavailable },
  );
}

/** Bodies of errors are Java's stack traces, or pages of a proxy. */
function firstWords(text: string): string {
  if (/^\s*[<{]/.test(text)) return "";
  const line = text.split("\n").find((one) => /Exception|Error|[a-z]{4}/.test(one)) ?? "";
  return line
    .trim()
    .replace(/^(?:[\w.$]*\.)?(\w+(?:Exception|Error)): /, "")
    .slice(0, 200)
    .replace(/\.$/, "");
}
