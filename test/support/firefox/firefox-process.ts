import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeProfile } from "../browsers/remove-profile.ts";
import { Marionette } from "./marionette.ts";

const PREFERENCES: Readonly<Record<string, boolean | number | string>> = {
  "toolkit.cosmeticAnimations.enabled": false,
  "devtools.toolbox.host": "window",
  "browser.shell.checkDefaultBrowser": false,
  "browser.startup.page": 0,
  "browser.aboutwelcome.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.enabled": false,
  // A temporary add-on is taken out when Firefox ends; an installed one would keep its storage.
  "extensions.webextensions.keepStorageOnUninstall": true,
  "extensions.webextensions.keepUuidOnUninstall": true,
};

/** A Firefox in a profile of its own, and the way to talk to it. */
export class FirefoxProcess {
  readonly marionette: Marionette;
  /** Resolves when the process has ended and its profile, unless it is to be kept, is gone. */
  readonly closed: Promise<void>;
  readonly #child: ChildProcess;

  private constructor(marionette: Marionette, child: ChildProcess, closed: Promise<void>) {
    this.marionette = marionette;
    this.#child = child;
    this.closed = closed;
  }

  static async start(
    executable: string,
    headless: boolean,
    kept: string | undefined,
  ): Promise<FirefoxProcess> {
    const profile = kept ?? mkdtempSync(join(tmpdir(), "driftscope-firefox-"));
    const port = await freePort();
    writeFileSync(join(profile, "user.js"), userPreferences({ ...PREFERENCES, "marionette.port": port }));
    const child = spawn(
      executable,
      [
        "--marionette",
        // Marionette's chrome context, where DevTools can be reached, needs it.
        "-remote-allow-system-access",
        ...(headless ? ["--headless"] : []),
        "--no-remote",
        "--profile",
        profile,
      ],
      {
        stdio: "ignore",
        // Away from the terminal's process group: Ctrl+C ends our side first, which then closes Firefox.
        detached: true,
        env: { ...process.env, MOZ_HEADLESS_WIDTH: "1600", MOZ_HEADLESS_HEIGHT: "1000" },
      },
    );
    const closed = new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", () =>
        (kept === undefined ? removeProfile(profile) : Promise.resolve()).then(resolve),
      );
    });
    try {
      const marionette = await Marionette.connect(port, () => child.exitCode === null);
      return new FirefoxProcess(marionette, child, closed);
    } catch (error) {
      child.kill("SIGKILL");
      await closed;
      throw error;
    }
  }

  async close(): Promise<void> {
    const late = setTimeout(() => this.#child.kill("SIGKILL"), 10_000);
    await this.marionette.send("Marionette:SetContext", { value: "chrome" }).catch(() => {});
    // Its answer may or may not arrive before the connection ends.
    await this.marionette.send("Marionette:Quit", { flags: ["eForceQuit"] }).catch(() => {});
    await this.closed;
    clearTimeout(late);
    this.marionette.end();
  }
}

function userPreferences(preferences: Readonly<Record<string, boolean | number | string>>): string {
  return Object.entries(preferences)
    .map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`)
    .join("");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("no port"));
      });
    });
  });
}
