import { existsSync } from "node:fs";
import type { Browser } from "playwright";
import { profileIdOf } from "./profile-id.ts";

/**
 * Names the profile of a browser that was started by somebody else, by its own command line. Undefined where it
 * does not tell: then nothing that was learned about its storage can be used again.
 */
export async function attachedProfile(browser: Browser, endpoint: string): Promise<string | undefined> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { commandLine } = await session.send("SystemInfo.getInfo");
    const folder = switchOf(commandLine, "user-data-dir");
    if (folder === undefined) return undefined;
    const name = switchOf(commandLine, "profile-directory") ?? "Default";
    // The file in the folder names it for good; of a browser on another machine there is only the path.
    const id = existsSync(folder) ? profileIdOf(folder) : `${new URL(endpoint).host} ${folder}`;
    return name === "Default" ? id : `${id} ${name}`;
  } catch {
    return undefined;
  } finally {
    await session.detach();
  }
}

function switchOf(commandLine: string, name: string): string | undefined {
  const match = new RegExp(`--${name}=(?:"([^"]*)"|(.*?))(?= --|$)`).exec(commandLine);
  return match?.[1] ?? match?.[2];
}
