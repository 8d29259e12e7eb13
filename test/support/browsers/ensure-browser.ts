import { spawnSync } from "node:child_process";
import { type BrowserName, findBrowser } from "./find-browser.ts";

/** No browser, and none could be installed. The message holds the one command that installs it. */
class BrowserMissingError extends Error {
  readonly code = "browser-missing";
}

type Command = readonly [program: string, ...args: string[]];

/**
 * Answers the browser's executable, after installing it where it is missing.
 *
 * @throws BrowserMissingError with the command that a person would have to run.
 */
export function ensureBrowser(name: BrowserName): string {
  const present = findBrowser(name);
  if (present) return present;
  for (const steps of waysToInstall(name)) {
    console.error(`${name} is missing: ${steps.map((step) => step.join(" ")).join(" && ")}`);
    if (!steps.every(run)) continue;
    const installed = findBrowser(name);
    if (installed) return installed;
  }
  throw new BrowserMissingError(
    `No ${name} was found, and none could be installed. Run \`${commandFor(name)}\`, ` +
      `or set ${name.toUpperCase()} to the path of its executable, and try again.`,
  );
}

/** Each way is a list of commands that must all succeed. Ordered by how little they change on the machine. */
function waysToInstall(name: BrowserName): readonly (readonly Command[])[] {
  const asRoot = process.platform === "linux" && process.getuid?.() === 0;
  const apt = (...packages: string[]): readonly Command[][] =>
    asRoot
      ? packages.map((one) => [
          ["apt-get", "update", "-q"],
          ["apt-get", "install", "-y", "-q", one],
        ])
      : [];
  if (name === "firefox") return apt("firefox-esr", "firefox");
  // The libraries that Chromium links against come with apt only: without root they must be there already.
  const playwright: Command = [
    "npx",
    "--no-install",
    "playwright",
    "install",
    ...(asRoot ? ["--with-deps"] : []),
    "chromium",
  ];
  return [[playwright], ...apt("chromium")];
}

function commandFor(name: BrowserName): string {
  if (process.platform === "darwin") return `brew install --cask ${name}`;
  if (process.platform === "win32")
    return name === "firefox" ? "winget install Mozilla.Firefox" : "npx playwright install chromium";
  return name === "firefox"
    ? "sudo apt-get install firefox-esr"
    : "sudo npx playwright install --with-deps chromium";
}

/** Output goes to the standard error: the standard output of the callers ends with a result to be read. */
function run([program, ...args]: Command): boolean {
  const { status } = spawnSync(program, args, {
    stdio: ["ignore", 2, 2],
    timeout: 10 * 60_000,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
  return status === 0;
}
