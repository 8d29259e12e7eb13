/** How the agent's code gets into a page or one of its frames: by the browser's debugging protocol. */
import type { CDPSession, Page } from "playwright";
import type { Evaluate } from "../../../agent/client/host-call.ts";
import { HeadlessError } from "../headless-error.ts";

type ExecutionContext = { readonly id: number; readonly frameId: string };

/**
 * Evaluates in the top frame, or in the first frame with this URL, whatever its origin.
 *
 * @throws HeadlessError "page-failed" when no frame has the URL
 */
export async function evaluatorFor(page: Page, frameUrl: string | undefined): Promise<Evaluate> {
  if (frameUrl === undefined) return evaluateIn(await page.context().newCDPSession(page));
  const frame = page.frames().find((candidate) => candidate.url() === frameUrl);
  if (frame === undefined) {
    const urls = page.frames().map((candidate) => candidate.url());
    throw new HeadlessError("page-failed", `No frame has the URL ${frameUrl}. Frames: ${urls.join(", ")}`);
  }
  // A frame in a process of its own has a session of its own; others share their parent's.
  const own = await page
    .context()
    .newCDPSession(frame)
    .catch(() => undefined);
  if (own !== undefined) return evaluateIn(own);
  const session = await page.context().newCDPSession(page);
  return evaluateIn(session, await contextOf(session, frameUrl));
}

function evaluateIn(session: CDPSession, contextId?: number): Evaluate {
  return async (code) => {
    const { result, exceptionDetails } = await session.send("Runtime.evaluate", {
      expression: code,
      returnByValue: true,
      ...(contextId === undefined ? {} : { contextId }),
    });
    if (exceptionDetails !== undefined) {
      const { exception, text } = exceptionDetails;
      throw Object.assign(new Error(exception?.description ?? text), { code: "page-threw" });
    }
    return result.value as string;
  };
}

/** The page's own world in the frame, not one that an extension made. */
async function contextOf(session: CDPSession, frameUrl: string): Promise<number> {
  const contexts: ExecutionContext[] = [];
  session.on("Runtime.executionContextCreated", ({ context }) => {
    const about = context.auxData as { readonly frameId?: string; readonly isDefault?: boolean } | undefined;
    if (about?.isDefault && about.frameId !== undefined)
      contexts.push({ id: context.id, frameId: about.frameId });
  });
  // Tells of those that are there before it answers.
  await session.send("Runtime.enable");
  const { frameTree } = await session.send("Page.getFrameTree");
  const frameId = frameOf(frameTree, frameUrl);
  const found = contexts.find((context) => context.frameId === frameId);
  if (found !== undefined) return found.id;
  throw new HeadlessError("page-failed", `The frame ${frameUrl} is gone: the page replaced it. Try again.`);
}

interface FrameTree {
  readonly frame: { readonly id: string; readonly url: string; readonly urlFragment?: string };
  readonly childFrames?: readonly FrameTree[];
}

function frameOf({ frame, childFrames = [] }: FrameTree, url: string): string | undefined {
  if (`${frame.url}${frame.urlFragment ?? ""}` === url) return frame.id;
  for (const child of childFrames) {
    const found = frameOf(child, url);
    if (found !== undefined) return found;
  }
  return undefined;
}
