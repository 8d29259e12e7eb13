/**
 * What the config file allows drafts, enforced: a draft becomes a connection here, or is refused with the next step.
 *
 * Its hosts are written anew by core/protocol/host-address.ts, so that the backend connects to what was looked up in the
 * list, in the same letters. Every host of a draft must be one that each of its secrets may go to.
 */
import * as v from "valibot";
import {
  CASSANDRA_PORT,
  type ConnectionDraft,
  hostsOfDraft,
  isHostAllowed,
  secretsOfDraft,
  type DraftRules as Told,
} from "../../core/protocol/connection-draft.ts";
import { hostAddress, httpAddress } from "../../core/protocol/host-address.ts";
import { ProtocolError } from "../../core/protocol/protocol-error.ts";
import { type ConnectionConfig, ConnectionSchema } from "../config/config-schema.ts";
import type { DraftSecret, DraftsConfig } from "../config/drafts-schema.ts";
import type { Secret } from "../config/secret.ts";

const AGAIN = "in driftscope.config.json, and start the bridge again";

export class DraftRules {
  readonly #secrets: ReadonlyMap<string, DraftSecret>;
  /** What a panel is told: names and hosts, nothing of where a secret is. Undefined: there are no drafts here. */
  readonly told: Told | undefined;

  constructor(config: DraftsConfig | undefined) {
    const secrets = Object.entries(config?.secrets ?? {});
    this.#secrets = new Map(secrets);
    this.told = config && {
      hosts: config.hosts.map(written),
      secrets: secrets.map(([name, { hosts, tls }]) => ({
        name,
        hosts: hosts.map(written),
        overTls: tls !== undefined,
      })),
    };
  }

  /** Read-only, whatever it is. @throws ProtocolError "not-allowed" */
  connectionOf(draft: ConnectionDraft): ConnectionConfig {
    this.#requireHosts(hostsOfDraft(draft));
    const secrets = secretsOfDraft(draft).map((name) => this.#requireSecret(name, hostsOfDraft(draft)));
    const settings = {
      ...withoutName(draft),
      ...placeOf(draft),
      ...this.#credentialsOf(draft),
      ...tlsOf(draft, secrets),
      level: "read-only",
    };
    const parsed = v.safeParse(ConnectionSchema, settings);
    if (parsed.success) return parsed.output;
    const [{ path, message }] = parsed.issues;
    const at = path?.map(({ key }) => String(key)).join(".") ?? "";
    throw refused(`The draft cannot be a connection: ${at}: ${message}. Correct it.`);
  }

  #requireHosts(hosts: readonly string[]): void {
    const { told } = this;
    if (told === undefined) {
      throw refused(
        `The bridge's config file does not allow drafts: add "drafts": {"hosts": ["${hosts[0]}"]} ${AGAIN}.`,
      );
    }
    const other = hosts.find((host) => !isHostAllowed(told, host));
    if (other === undefined) return;
    throw refused(
      `The bridge's config file does not allow drafts to connect to ${other}: add it to "drafts.hosts" ${AGAIN}.`,
    );
  }

  #requireSecret(name: string, hosts: readonly string[]): DraftSecret {
    const secret = this.#secrets.get(name);
    if (secret === undefined) {
      throw refused(
        `The bridge's config file has no secret "${name}" for drafts: add it to "drafts.secrets" ${AGAIN}.`,
      );
    }
    const allowed = secret.hosts.map(written);
    const other = hosts.find((host) => !allowed.includes(host));
    if (other === undefined) return secret;
    throw refused(
      `The bridge's config file does not allow the secret "${name}" for ${other}: add the host to "drafts.secrets.${name}.hosts" ${AGAIN}.`,
    );
  }

  #credentialsOf(draft: ConnectionDraft): object {
    const { credentials } = draft;
    const secretKey = draft.backend === "ignite" ? draft.secretKey : undefined;
    return {
      ...(credentials && {
        credentials: { username: credentials.username, password: this.#reference(credentials.password) },
      }),
      ...(secretKey && { secretKey: this.#reference(secretKey) }),
    };
  }

  #reference(name: string): Secret | undefined {
    const secret = this.#secrets.get(name);
    return secret && ("env" in secret ? { env: secret.env } : { file: secret.file });
  }
}

const written = (host: string): string => hostAddress(host) ?? host;

const withoutName = ({ name: _, ...draft }: ConnectionDraft): object => draft;

/** Where it connects to, as it was looked up. */
function placeOf(draft: ConnectionDraft): object {
  if (draft.backend !== "cassandra") return { url: httpAddress(draft.url)?.url };
  return { contactPoints: draft.contactPoints.map((point) => hostAddress(point, CASSANDRA_PORT)) };
}

/** A secret's TLS settings stand above the draft's: who drafts must not choose by whom a server is vouched for. */
function tlsOf(draft: ConnectionDraft, secrets: readonly DraftSecret[]): object {
  const usesTls = draft.backend === "cassandra" ? draft.tls !== undefined : /^https:/i.test(draft.url);
  if (!usesTls && draft.tls !== undefined) {
    throw refused("TLS settings go with an https:// address: write one, or leave them out.");
  }
  const required = secrets.map(({ tls }) => tls).filter((tls) => tls !== undefined);
  const [tls] = required;
  if (tls === undefined) return {};
  if (!usesTls) {
    throw refused("The config file wants TLS for this secret: switch TLS on, or use an https:// address.");
  }
  const { ca, servername } = draft.tls ?? {};
  if (ca !== undefined || servername !== undefined) {
    throw refused(
      "The config file says how TLS is checked for this secret: leave the CA and the server's name empty.",
    );
  }
  if (required.some((other) => JSON.stringify(other) !== JSON.stringify(tls))) {
    throw refused(`The secrets of this draft want different TLS settings: make them equal ${AGAIN}.`);
  }
  return { tls };
}

const refused = (message: string): ProtocolError => new ProtocolError("not-allowed", message);
