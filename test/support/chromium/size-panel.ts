import type { DevTools } from "./open-devtools.ts";

/** Height of the row of tabs above a panel in undocked DevTools. */
const TABS_HEIGHT = 27;

/** Makes the panel exactly `width` × `height` CSS pixels. */
export async function sizePanel({ window, frame }: DevTools, width: number, height: number): Promise<void> {
  const reached = (): Promise<boolean> =>
    frame.evaluate(
      async ([width, height]) => {
        // The panel lives in a process of its own, which hears of its new size some frames later.
        for (let i = 0; i < 30; i++) {
          if (innerWidth === width && innerHeight === height) return true;
          await new Promise(requestAnimationFrame);
        }
        return false;
      },
      [width, height] as const,
    );
  let asked = { width, height: height + TABS_HEIGHT };
  for (let attempt = 0; attempt < 10; attempt++) {
    await window.setViewportSize(asked);
    if (await reached()) return;
    const [w, h] = await frame.evaluate(() => [innerWidth, innerHeight] as const);
    asked = { width: asked.width + width - w, height: asked.height + height - h };
  }
  throw new Error(`the panel could not be made ${width}x${height}`);
}
