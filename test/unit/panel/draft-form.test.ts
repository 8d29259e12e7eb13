import { describe, expect, test } from "vitest";
import type { ConnectionDraft, DraftRules } from "../../../core/protocol/connection-draft.ts";
import {
  type DraftForm,
  emptyForm,
  formOf,
  readForm,
  secretsFor,
  tlsIsSettled,
} from "../../../extension/panel/format/draft-form.ts";

const CA = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";

const rules: DraftRules = {
  hosts: ["db.example:9042", "localhost:8080", "gateway.example:443"],
  secrets: [
    { name: "ours", hosts: ["db.example:9042", "localhost:8080"], overTls: false },
    { name: "sealed", hosts: ["db.example:9042"], overTls: true },
  ],
};

const typed = (form: DraftForm, texts: Partial<DraftForm["texts"]>): DraftForm => ({
  ...form,
  texts: { ...form.texts, ...texts },
});
const problemsOf = (form: DraftForm): object => {
  const read = readForm(form, rules);
  return "problems" in read ? read.problems : {};
};

const cassandra = typed(emptyForm("cassandra"), {
  name: "far",
  contactPoints: "db.example",
  keyspace: "app",
});

describe("a form", () => {
  test.each<ConnectionDraft>([
    {
      backend: "cassandra",
      name: "far",
      contactPoints: ["db.example", "db.example:9042"],
      keyspace: "app",
      localDataCenter: "eu",
      requestTimeoutMs: 500,
      credentials: { username: "me", password: "ours" },
      tls: { ca: CA, servername: "db" },
    },
    { backend: "cassandra", name: "far", contactPoints: ["db.example"], keyspace: "app", tls: {} },
    {
      backend: "hbase",
      name: "rows",
      url: "https://gateway.example/x",
      table: "app:t",
      tls: { servername: "g" },
    },
    { backend: "hbase", name: "rows", url: "https://gateway.example/x" },
    {
      backend: "ignite",
      name: "grid",
      url: "http://localhost:8080",
      prefix: "app",
      secretKey: "ours",
      credentials: { username: "me", password: "ours" },
    },
  ])("of a draft reads as the same draft: %j", (draft) => {
    expect(readForm(formOf(draft), rules)).toEqual({ draft });
  });

  test("that is empty says what every field wants", () => {
    expect(Object.keys(problemsOf(emptyForm("cassandra"))).sort()).toEqual([
      "contactPoints",
      "keyspace",
      "name",
    ]);
    expect(Object.keys(problemsOf(emptyForm("ignite"))).sort()).toEqual(["name", "url"]);
  });

  test.each<[string, Partial<DraftForm["texts"]>, RegExp]>([
    ["contactPoints", { contactPoints: "db.example, user@db.example" }, /^Expected a host, with :port/],
    [
      "contactPoints",
      { contactPoints: "other.example" },
      /not allow drafts to connect to other.example:9042/,
    ],
    [
      "contactPoints",
      { contactPoints: "other.example", username: "me", password: "ours" },
      /other.example:9042/,
    ],
    ["keyspace", { keyspace: " " }, /^Expected the name of a keyspace\.$/],
    ["name", { name: "my connection" }, /^Expected 1 to 63 letters/],
    ["password", { username: "me" }, /^Choose a secret/],
    ["username", { password: "ours" }, /^Expected a name/],
    ["password", { username: "me", password: "gone" }, /does not allow this secret/],
    ["requestTimeoutMs", { requestTimeoutMs: "soon" }, /^Expected a number of milliseconds/],
    ["requestTimeoutMs", { requestTimeoutMs: "1.5" }, /^Expected a whole number/],
    ["requestTimeoutMs", { requestTimeoutMs: "9999999" }, /^Expected at most 120000 ms/],
  ])("says at %s what is wrong with %j", (field, texts, message) => {
    expect(problemsOf(typed(cassandra, texts))).toEqual({ [field]: expect.stringMatching(message) });
  });

  test("takes a CA by its text, never by a path", () => {
    const tls = { ...cassandra, wantsTls: true };
    expect(readForm(typed(tls, { ca: `${CA}\n${CA}\n` }), rules)).toMatchObject({ draft: { tls: {} } });
    for (const ca of ["/etc/ssl/ca.pem", `/etc/passwd\n${CA}`, `${CA}\n/etc/passwd`]) {
      expect(problemsOf(typed(tls, { ca }))).toEqual({ ca: expect.stringContaining("PEM") });
    }
  });

  test("leaves out what belongs to another kind, or to TLS that is switched off", () => {
    const draft = { backend: "cassandra", name: "far", contactPoints: ["db.example"], keyspace: "app" };
    const other = { url: "nowhere", table: "?", prefix: "?", secretKey: "?", ca: "?", servername: "?" };
    expect(readForm(typed(cassandra, other), rules)).toEqual({ draft });
  });
});

describe("secrets", () => {
  test("are those that every host may have", () => {
    const at = (contactPoints: string) => secretsFor(typed(cassandra, { contactPoints }), rules);
    expect(at("DB.example")).toEqual(["ours", "sealed"]);
    expect(at("db.example, localhost:8080")).toEqual(["ours"]);
    expect(at("db.example:9043")).toEqual([]);
    expect(at("")).toEqual([]);
  });

  test("with TLS settings of their own leave none to the form, and want it switched on", () => {
    const sealed = typed(cassandra, { username: "me", password: "sealed", ca: CA });
    expect(tlsIsSettled(sealed, rules)).toBe(true);
    expect(problemsOf(sealed)).toEqual({ password: expect.stringContaining("over TLS alone") });
    expect(readForm({ ...sealed, wantsTls: true }, rules)).toMatchObject({ draft: { tls: {} } });
  });
});
