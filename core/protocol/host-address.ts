/**
 * Hosts as the config file allows them and drafts name them, in one way of writing: what was compared with the list is,
 * letter by letter, what is connected to.
 *
 * Names are compared as they are written: `localhost` is not `127.0.0.1`, and a name with a dot at its end, which looks
 * names up in another way, is none at all.
 */

/** A name, an IPv4 address in any notation that URLs have, or an IPv6 address in brackets; perhaps a port. */
const HOST = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?)(?::([0-9]{1,5}))?$/;

const MAX_PORT = 65_535;

/** `name:port` in lower case, addresses in their shortest form. Undefined for what is no host, or lacks its port. */
export function hostAddress(text: string, defaultPort?: number): string | undefined {
  const [, name, digits] = HOST.exec(text) ?? [];
  const port = digits === undefined ? defaultPort : Number(digits);
  if (name === undefined || port === undefined || port < 1 || port > MAX_PORT) return undefined;
  const url = `http://${name}/`;
  return URL.canParse(url) ? `${new URL(url).hostname}:${port}` : undefined;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/** An address with nothing but scheme, host, port and path. */
export interface HttpAddress {
  /** As it is to be used: its host is the one below. */
  readonly url: string;
  /** As `hostAddress` writes it. */
  readonly host: string;
}

/** Undefined for what is no address, or has a login, a query or a fragment. */
export function httpAddress(text: string): HttpAddress | undefined {
  const [, scheme = "", authority = "", path = ""] =
    /^(https?:)\/\/([^/?#\\@\s]+)(\/[^?#\\\s]*)?$/i.exec(text) ?? [];
  const protocol = scheme.toLowerCase();
  const host = hostAddress(authority, DEFAULT_PORTS[protocol]);
  if (host === undefined) return undefined;
  const { origin, pathname } = new URL(`${protocol}//${host}${path}`);
  return { url: origin + pathname.replace(/\/+$/, ""), host };
}
