import { describe, expect, test } from "vitest";
import { hostAddress, httpAddress } from "../../../core/protocol/host-address.ts";

describe("one way of writing a host", () => {
  test.each([
    ["db.example:9042", "db.example:9042"],
    ["DB.Example:9042", "db.example:9042"],
    ["localhost:80", "localhost:80"],
    ["db.example:09042", "db.example:9042"],
    ["db_1:1", "db_1:1"],
    ["127.0.0.1:443", "127.0.0.1:443"],
    // Other ways of writing 127.0.0.1, as every resolver takes them.
    ["127.1:443", "127.0.0.1:443"],
    ["0x7f.0.0.1:443", "127.0.0.1:443"],
    ["2130706433:443", "127.0.0.1:443"],
    ["[::1]:9042", "[::1]:9042"],
    ["[0:0:0:0:0:0:0:1]:9042", "[::1]:9042"],
    ["[2001:DB8::1]:9042", "[2001:db8::1]:9042"],
  ])("%s is %s", (text, written) => {
    expect(hostAddress(text)).toBe(written);
  });

  test.each([
    ["without a port", "db.example"],
    ["with an empty port", "db.example:"],
    ["with port 0", "db.example:0"],
    ["with a port beyond the last", "db.example:65536"],
    ["with two ports", "db.example:1:2"],
    ["with a dot at its end, which is looked up in another way", "db.example.:9042"],
    ["with a login", "user@db.example:9042"],
    ["with a path", "db.example:9042/x"],
    ["with a path of the other kind", "db.example:9042\\x"],
    ["with a fragment in it", "db.example#.other:9042"],
    ["with a question mark", "db.example?.other:9042"],
    ["with a space", "db.example :9042"],
    ["with a line break", "db.example\n:9042"],
    ["with a percent sign", "db%2eexample:9042"],
    ["with letters that look like others", "db.exаmple:9042"],
    ["in brackets that holds no address", "[db.example]:9042"],
    ["with a zone", "[fe80::1%25eth0]:9042"],
    ["IPv6 without brackets", "::1:9042"],
    ["that is empty", ""],
    ["that is a star", "*"],
    ["that begins with a dot", ".example:1"],
  ])("a host %s is none", (_, text) => {
    expect(hostAddress(text)).toBeUndefined();
  });

  test("a port is added where there is a usual one", () => {
    expect(hostAddress("db.example", 9042)).toBe("db.example:9042");
    expect(hostAddress("[::1]", 9042)).toBe("[::1]:9042");
    expect(hostAddress("db.example:1", 9042)).toBe("db.example:1");
  });
});

describe("addresses", () => {
  test.each([
    ["http://db.example", "http://db.example", "db.example:80"],
    ["https://db.example", "https://db.example", "db.example:443"],
    ["HTTP://DB.example:8080/", "http://db.example:8080", "db.example:8080"],
    ["https://db.example:443/a/b/", "https://db.example/a/b", "db.example:443"],
    ["http://0x7f.1:8080/x", "http://127.0.0.1:8080/x", "127.0.0.1:8080"],
    ["http://[::1]:8080/base", "http://[::1]:8080/base", "[::1]:8080"],
    ["http://db.example/../x", "http://db.example/x", "db.example:80"],
  ])("%s is %s at %s", (text, url, host) => {
    expect(httpAddress(text)).toEqual({ url, host });
    // What is handed on is read in the same way by whoever connects.
    const { hostname, port, protocol } = new URL(url);
    expect(`${hostname}:${port || (protocol === "https:" ? 443 : 80)}`).toBe(host);
  });

  test.each([
    "http://user@db.example/",
    "http://user:word@db.example/",
    "http://allowed.example:80@other.example/",
    "http://allowed.example\\@other.example/",
    "http://allowed.example#@other.example/",
    "http://allowed.example?x",
    "http://allowed.example/#x",
    "http://allow\ted.example/",
    "http:allowed.example",
    "http:///allowed.example",
    "http://db.example./",
    "//db.example",
    "ftp://db.example/",
    "file:///etc/passwd",
    "javascript:0",
    "",
  ])("%j is none", (text) => {
    expect(httpAddress(text)).toBeUndefined();
  });
});
