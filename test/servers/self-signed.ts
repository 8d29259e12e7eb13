/** A certificate for 127.0.0.1 that nobody signed but itself, made by the JDK's keytool. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";

export interface SelfSigned {
  readonly keystore: { readonly file: string; readonly password: string };
  /** PEM. */
  readonly certificate: string;
}

/** @param folder Where the keystore is put. */
export function selfSigned(folder: string): SelfSigned {
  const keystore = { file: join(folder, "keystore.jks"), password: "of the tests" };
  const of = ["-alias", "server", "-keystore", keystore.file, "-storepass", keystore.password];
  const keytool = (...args: string[]): string =>
    execFileSync("keytool", [...args, ...of], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const made = ["-keyalg", "RSA", "-keysize", "2048", "-validity", "30", "-dname", "CN=driftscope test"];
  keytool("-genkeypair", ...made, "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-keypass", keystore.password);
  return { keystore, certificate: keytool("-exportcert", "-rfc") };
}
