import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { ConnectionDraft, DraftRules } from "../../../../core/protocol/connection-draft.ts";
import type { Finding } from "../../../../core/protocol/frames.ts";
import { Button } from "../../components/button.tsx";
import { Icon } from "../../components/icon.tsx";
import {
  type DraftBackend,
  type DraftFieldName,
  emptyForm,
  type DraftForm as Form,
  formOf,
  hostsOf,
  readForm,
  secretSnippet,
  secretsFor,
  tlsIsSettled,
  usesTls,
} from "../../format/draft-form.ts";
import { usePanel } from "../../stores/panel.ts";
import { CopyCommand } from "../shell/copy-command.tsx";
import { FindingLine } from "../shell/finding-line.tsx";
import { type FieldProps, LongTextField, SecretField, TextField } from "./draft-fields.tsx";

const KINDS: readonly { readonly backend: DraftBackend; readonly label: string }[] = [
  { backend: "cassandra", label: "Cassandra" },
  { backend: "hbase", label: "HBase, by its REST gateway" },
  { backend: "ignite", label: "Ignite, by its REST API" },
];

type PropsOf = (field: DraftFieldName, label: string) => FieldProps;

/** @param before The draft that is edited; absent = a new one. */
export function DraftForm(props: {
  rules: DraftRules;
  before: ConnectionDraft | undefined;
  onDone: () => void;
}) {
  const { rules, before, onDone } = props;
  const { drafts } = usePanel();
  const [form, setForm] = useState<Form>(before === undefined ? emptyForm("cassandra") : formOf(before));
  const [left, setLeft] = useState<ReadonlySet<DraftFieldName>>(new Set());
  /** How often it was to be tested or saved. */
  const [pressed, setPressed] = useState(0);
  const [busy, setBusy] = useState<"test" | "keep" | undefined>(undefined);
  const [findings, setFindings] = useState<readonly Finding[] | undefined>(undefined);
  /** Counts edits: what a test finds is about the form as it was. */
  const edits = useRef(0);
  const element = useRef<HTMLFormElement>(null);
  // What had the focus has gone from the dialog.
  useLayoutEffect(
    () => element.current?.querySelector<HTMLElement>("select:enabled, input:read-write")?.focus(),
    [],
  );

  useLayoutEffect(
    () => element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(),
    [pressed],
  );
  // In a small panel they would stay out of sight.
  const found = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (findings !== undefined) found.current?.scrollIntoView({ block: "nearest" });
  }, [findings]);

  const read = readForm(form, rules);
  const problems = "problems" in read ? read.problems : {};

  function edit(next: Form): void {
    edits.current++;
    setFindings(undefined);
    drafts.error.value = undefined;
    setForm(next);
  }

  /** Runs with a draft that is right; what is wrong shows next to its field otherwise. */
  async function withDraft(
    what: "test" | "keep",
    work: (draft: ConnectionDraft) => Promise<void>,
  ): Promise<void> {
    setPressed(pressed + 1);
    if (!("draft" in read)) return;
    setBusy(what);
    await work(read.draft);
    setBusy(undefined);
  }

  const test = () =>
    withDraft("test", async (draft) => {
      const at = edits.current;
      const results = await drafts.try(draft);
      if (at === edits.current) setFindings(results);
    });

  const keep = () =>
    withDraft("keep", async (draft) => {
      if (await drafts.keep(draft)) onDone();
    });

  const of: PropsOf = (field, label) => ({
    field,
    label,
    value: form.texts[field],
    problem: pressed > 0 || left.has(field) ? problems[field] : undefined,
    onText: (text) => edit({ ...form, texts: { ...form.texts, [field]: text } }),
    onLeave: () => setLeft(new Set([...left, field])),
  });

  const blockedBy =
    busy === "test" ? "It is being tested." : busy === "keep" ? "It is being saved." : undefined;
  const error = drafts.error.value;
  return (
    <form
      ref={element}
      class="draft-form"
      data-testid="draft-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (blockedBy === undefined) void test();
      }}
    >
      <p class="muted">
        A draft is tested, read and compared; nothing is ever written to it. To write, copy it as
        configuration into the bridge’s file.
      </p>
      <section>
        <h3>Server</h3>
        <div class="draft-row">
          <label for="draft-backend">Kind</label>
          <div class="draft-value">
            <select
              id="draft-backend"
              data-testid="draft-backend"
              class="select"
              disabled={before !== undefined}
              value={form.backend}
              onChange={(event) => edit({ ...form, backend: event.currentTarget.value as DraftBackend })}
            >
              {KINDS.map(({ backend, label }) => (
                <option key={backend} value={backend}>
                  {label}
                </option>
              ))}
            </select>
          </div>
        </div>
        <TextField {...of("name", "Name")} placeholder="staging" isFixed={before !== undefined} />
        <PlaceFields backend={form.backend} of={of} />
      </section>
      <LoginFields form={form} rules={rules} of={of} />
      <TlsFields form={form} rules={rules} of={of} onTls={(wantsTls) => edit({ ...form, wantsTls })} />
      <div
        ref={found}
        class="draft-findings"
        role="status"
        aria-label="Test of the draft"
        data-testid="draft-findings"
      >
        {findings?.map((finding) => (
          <FindingLine key={finding.about} {...finding} />
        ))}
      </div>
      {error === undefined ? null : (
        <p class="field-problem" role="alert" data-testid="draft-error">
          <Icon name="err" small />
          <span>{error.message}</span>
        </p>
      )}
      <div class="dialog-foot">
        <Button testId="test-draft" blockedBy={blockedBy} onPress={() => void test()}>
          {busy === "test" ? <Icon name="spin" /> : null}
          Test
        </Button>
        <span class="grow" />
        <Button onPress={onDone}>Cancel</Button>
        <Button look="primary" testId="keep-draft" blockedBy={blockedBy} onPress={() => void keep()}>
          Save draft
        </Button>
      </div>
    </form>
  );
}

function PlaceFields({ backend, of }: { backend: DraftBackend; of: PropsOf }) {
  return (
    <>
      {backend === "cassandra" ? (
        <>
          <TextField
            {...of("contactPoints", "Contact points")}
            placeholder="db-1.example, db-2.example:9043"
          />
          <TextField {...of("keyspace", "Keyspace")} placeholder="app" />
          <TextField {...of("localDataCenter", "Data centre")} placeholder="where the cluster has several" />
        </>
      ) : (
        <TextField
          {...of("url", "Address")}
          placeholder={
            backend === "hbase"
              ? "https://gateway.example:8443/gateway/default/hbase"
              : "http://localhost:8080"
          }
        />
      )}
      {backend === "hbase" ? <TextField {...of("table", "Table")} placeholder="driftscope" /> : null}
      {backend === "ignite" ? (
        <TextField {...of("prefix", "Tables begin with")} placeholder="driftscope" />
      ) : null}
      <TextField
        {...of("requestTimeoutMs", "Time limit")}
        placeholder={backend === "cassandra" ? "12000" : "20000"}
        unit="ms for an answer"
        isShort
      />
    </>
  );
}

function LoginFields({ form, rules, of }: { form: Form; rules: DraftRules; of: PropsOf }) {
  const names = secretsFor(form, rules);
  const hosts = hostsOf(form);
  return (
    <section>
      <h3>Login</h3>
      <p class="hint">
        Passwords stay with the bridge: choose one by the name that its config file gives it.
      </p>
      <TextField {...of("username", "User")} placeholder="where the server asks for one" />
      <SecretField {...of("password", "Password")} names={names} none="none" />
      {form.backend === "ignite" ? (
        <SecretField {...of("secretKey", "Secret key")} names={names} none="none" />
      ) : null}
      {names.length > 0 ? null : (
        <div class="draft-snippet" data-testid="no-secrets">
          <p class="hint">
            {hosts.length === 0
              ? "Which secrets may be used depends on the host, which is not named yet."
              : `The config file allows no secret for ${hosts.join(" and ")}. To use one, add it to driftscope.config.json and start the bridge again:`}
          </p>
          {hosts.length === 0 ? null : <CopyCommand command={secretSnippet(hosts)} />}
        </div>
      )}
    </section>
  );
}

function TlsFields(props: {
  form: Form;
  rules: DraftRules;
  of: PropsOf;
  onTls: (wantsTls: boolean) => void;
}) {
  const { form, rules, of } = props;
  const isSettled = tlsIsSettled(form, rules);
  const isOn = usesTls(form);
  return (
    <section>
      <h3>TLS</h3>
      {form.backend === "cassandra" ? (
        <label class="draft-check">
          <input
            type="checkbox"
            data-testid="draft-tls"
            checked={form.wantsTls}
            onChange={(event) => props.onTls(event.currentTarget.checked)}
          />
          <span>Connect by TLS; the certificate is always checked</span>
        </label>
      ) : (
        <p class="hint">
          {isOn
            ? "By the address. The certificate is always checked."
            : "Not used: the address is not https://."}
        </p>
      )}
      {isOn && isSettled ? (
        <p class="hint">For this secret the config file says how the certificate is checked.</p>
      ) : null}
      {isOn && !isSettled ? (
        <>
          <LongTextField
            {...of("ca", "CA")}
            placeholder="-----BEGIN CERTIFICATE-----  (empty: those that Node trusts)"
          />
          <TextField
            {...of("servername", "Name in the certificate")}
            placeholder="where it is not the host’s"
          />
        </>
      ) : null}
    </section>
  );
}
