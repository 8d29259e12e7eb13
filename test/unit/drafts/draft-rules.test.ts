import { describe, expect, test } from "vitest";
import { DraftRules } from "../../../bridge/drafts/draft-rules.ts";
import type { ConnectionDraft } from "../../../core/protocol/connection-draft.ts";
import { ProtocolError } from "../../../core/protocol/protocol-error.ts";

const rules = new DraftRules({
  hosts: ["db.example:9042", "gateway.example:443", "[::1]:9042"],
  secrets: {
    ours: { env: "OURS", hosts: ["Staging.example:9042", "gateway.example:443"] },
    sealed: { file: "sealed", hosts: ["gateway.example:443", "gateway.example:80"], tls: { ca: "ca.pem" } },
  },
});

const cassandra = (changed: object = {}): ConnectionDraft => ({
  backend: "cassandra",
  name: "far",
  contactPoints: ["db.example"],
  keyspace: "app",
  ...changed,
});

const hbase = (changed: object = {}): ConnectionDraft => ({
  backend: "hbase",
  name: "far",
  url: "https://gateway.example/base/",
  ...changed,
});

const login = (password: string) => ({ credentials: { username: "me", password } });

function refusal(draft: ConnectionDraft, by = rules): string {
  try {
    by.connectionOf(draft);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === "not-allowed") return error.message;
    throw error;
  }
  throw new Error("was allowed");
}

describe("a draft becomes a connection", () => {
  test("that is read-only, whose hosts are written as they were looked up, with the defaults of the config file", () => {
    expect(rules.connectionOf(cassandra({ contactPoints: ["DB.Example", "[0:0::1]"] }))).toEqual({
      backend: "cassandra",
      contactPoints: ["db.example:9042", "[::1]:9042"],
      keyspace: "app",
      serialConsistency: "SERIAL",
      requestTimeoutMs: 12_000,
      level: "read-only",
    });
    expect(rules.connectionOf(hbase())).toEqual({
      backend: "hbase",
      url: "https://gateway.example/base",
      table: "driftscope",
      requestTimeoutMs: 20_000,
      level: "read-only",
    });
  });

  test("with its secrets by reference", () => {
    const { credentials } = { credentials: undefined, ...rules.connectionOf(hbase(login("ours"))) };
    expect(credentials).toEqual({ username: "me", password: { env: "OURS" } });
    const keyed: ConnectionDraft = {
      backend: "ignite",
      name: "grid",
      url: "https://gateway.example:443",
      secretKey: "ours",
    };
    expect(rules.connectionOf(keyed)).toMatchObject({ secretKey: { env: "OURS" } });
  });

  test("a host that a secret may go to is one that may be drafted", () => {
    expect(rules.connectionOf(cassandra({ contactPoints: ["staging.example"] }))).toMatchObject({
      contactPoints: ["staging.example:9042"],
    });
  });

  test('"*" allows every host, and no secret for it', () => {
    const anywhere = new DraftRules({ hosts: ["*"], secrets: { ours: { env: "OURS", hosts: ["a:1"] } } });
    expect(anywhere.connectionOf(cassandra({ contactPoints: ["x.example:1"] }))).toMatchObject({
      contactPoints: ["x.example:1"],
    });
    expect(refusal(cassandra({ contactPoints: ["x.example:1"], ...login("ours") }), anywhere)).toContain(
      'does not allow the secret "ours" for x.example:1',
    );
  });
});

describe("a draft is refused, with what to do", () => {
  test("where the config file says nothing of drafts", () => {
    const closed = new DraftRules(undefined);
    expect(closed.told).toBeUndefined();
    expect(refusal(cassandra(), closed)).toContain('add "drafts": {"hosts": ["db.example:9042"]}');
  });

  test.each([
    ["another host", ["other.example"], "other.example:9042"],
    ["another port", ["db.example:9043"], "db.example:9043"],
    ["one of several", ["db.example", "other.example"], "other.example:9042"],
    ["a name below an allowed one", ["x.db.example"], "x.db.example:9042"],
    ["a name that begins like an allowed one", ["db.example.evil.example"], "db.example.evil.example:9042"],
    ["an address instead of the name", ["127.0.0.1"], "127.0.0.1:9042"],
  ])("for %s", (_, contactPoints, host) => {
    expect(refusal(cassandra({ contactPoints }))).toContain(
      `to connect to ${host}: add it to "drafts.hosts"`,
    );
  });

  test("for the port that the scheme means", () => {
    expect(refusal(hbase({ url: "http://db.example/x" }))).toContain("db.example:80");
  });

  test("with a secret that the file does not have, or has for other hosts alone", () => {
    expect(refusal(cassandra(login("theirs")))).toContain('has no secret "theirs"');
    expect(refusal(cassandra(login("constructor")))).toContain('has no secret "constructor"');
    expect(refusal(cassandra(login("ours")))).toContain('secret "ours" for db.example:9042');
    // Of several contact points each is sent the password.
    expect(
      refusal(cassandra({ contactPoints: ["staging.example", "db.example"], ...login("ours") })),
    ).toContain('secret "ours" for db.example:9042');
  });
});

describe("a secret with TLS settings of its own", () => {
  test("goes over TLS alone, checked as the config file says", () => {
    expect(rules.connectionOf(hbase(login("sealed")))).toMatchObject({
      tls: { ca: "ca.pem" },
      credentials: { password: { file: "sealed" } },
    });
    expect(refusal(hbase({ ...login("sealed"), url: "http://gateway.example/base" }))).toContain("wants TLS");
  });

  test("takes no CA and no name of the draft's", () => {
    for (const tls of [
      { ca: "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----" },
      { servername: "x" },
    ]) {
      expect(refusal(hbase({ ...login("sealed"), tls }))).toContain(
        "leave the CA and the server's name empty",
      );
    }
  });

  test("is told to the panel as that; where the secret is, is not", () => {
    expect(rules.told?.secrets).toEqual([
      { name: "ours", hosts: ["staging.example:9042", "gateway.example:443"], overTls: false },
      { name: "sealed", hosts: ["gateway.example:443", "gateway.example:80"], overTls: true },
    ]);
  });
});

test("TLS settings do not pass for TLS where the address has none", () => {
  const open = new DraftRules({ hosts: ["*"], secrets: {} });
  expect(refusal(hbase({ url: "http://gateway.example", tls: {} }), open)).toContain("https://");
});
