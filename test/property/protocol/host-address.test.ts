import fc from "fast-check";
import { expect, test } from "vitest";
import { hostAddress, httpAddress } from "../../../core/protocol/host-address.ts";

/** Characters that parsers of addresses have disagreed about, between ordinary ones. */
const trickyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "a",
        "b.example",
        "127.0.0.1",
        "0x7f",
        "localhost",
        "[::1]",
        "xn--a",
        "443",
        "01",
        ".",
        "-",
        "_",
      ),
      fc.constantFrom(
        ":",
        "@",
        "/",
        "\\",
        "?",
        "#",
        "%2e",
        "%",
        " ",
        "\t",
        "\n",
        "。",
        "İ",
        "ß",
        "[",
        "]",
        "*",
      ),
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(""));

test("a host that is accepted is read as the same host by whoever takes addresses, and is written in one way", () => {
  fc.assert(
    fc.property(trickyText, (text) => {
      const host = hostAddress(text, 9042);
      fc.pre(host !== undefined);
      expect(hostAddress(host)).toBe(host);
      const { hostname, port, username, pathname } = new URL(`http://${host}/`);
      expect(`${hostname}:${port || 80}`).toBe(host);
      expect(username + pathname).toBe("/");
    }),
    { numRuns: 5000 },
  );
});

test("an address that is accepted goes to the host that it was looked up by", () => {
  const scheme = fc.constantFrom("http://", "https://", "HTTP://", "http:/", "http:", "//", "ftp://");
  fc.assert(
    fc.property(scheme, trickyText, trickyText, (start, authority, path) => {
      const address = httpAddress(start + authority + path);
      fc.pre(address !== undefined);
      const { hostname, port, protocol, username, search, hash } = new URL(address.url);
      expect(`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`).toBe(address.host);
      expect(username + search + hash).toBe("");
      // Whoever reads the original reads the same host, or none.
      const original = start + authority + path;
      expect(new URL(original).hostname).toBe(hostname);
      expect(httpAddress(address.url)).toEqual(address);
    }),
    { numRuns: 1000 },
  );
});
