/** Finds the operating system's processes behind the documents of a Chromium. */
import { readFileSync } from "node:fs";
import type { Browser, CDPSession, Frame } from "playwright";
import { cpuByThread } from "./cpu-time.ts";

interface ProcessInfo {
  readonly type: string;
  readonly id: number;
}

/** Some hundred milliseconds of CPU, to stand out from whatever else the machine does. */
const BURN_ADDITIONS = 4e8;
/** Less than a frame can have burned with that on any machine. */
const LEAST_BURNED_MILLISECONDS = 50;

export class BrowserProcesses {
  readonly #session: CDPSession;

  private constructor(session: CDPSession) {
    this.#session = session;
  }

  static async of(browser: Browser): Promise<BrowserProcesses> {
    return new BrowserProcesses(await browser.newBrowserCDPSession());
  }

  /** The one that runs IndexedDB. */
  async browser(): Promise<number> {
    const [found] = (await this.#all()).filter(({ type }) => type === "browser");
    if (!found) throw new Error("the browser names no process of its own");
    return found.id;
  }

  /** All processes but the renderers and the browser's own: network, storage and the like. */
  async helpers(): Promise<readonly number[]> {
    const others = (await this.#all()).filter(({ type }) => type !== "browser" && type !== "renderer");
    return others.map(({ id }) => id);
  }

  /**
   * The renderer that runs this frame. No protocol tells it, so the frame burns CPU for a moment and the
   * renderer whose main thread used most is the one.
   */
  async rendererOf(frame: Frame): Promise<number> {
    const renderers = (await this.#all()).filter(({ type }) => type === "renderer").map(({ id }) => id);
    const before = renderers.map(mainThreadTime);
    await frame.evaluate((additions) => {
      let sum = 0;
      for (let i = 0; i < additions; i++) sum += i;
      return sum;
    }, BURN_ADDITIONS);
    const used = renderers.map((pid, i) => mainThreadTime(pid) - (before[i] ?? 0));
    const most = Math.max(...used);
    const found = renderers[used.indexOf(most)];
    if (found === undefined || most < LEAST_BURNED_MILLISECONDS)
      throw new Error("no renderer burned the CPU");
    return found;
  }

  async #all(): Promise<readonly ProcessInfo[]> {
    const { processInfo } = await this.#session.send("SystemInfo.getProcessInfo");
    return processInfo.filter(({ id }) => isAlive(id));
  }
}

function mainThreadTime(pid: number): number {
  return cpuByThread(pid).get("main") ?? 0;
}

function isAlive(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8") !== "";
  } catch {
    return false;
  }
}
