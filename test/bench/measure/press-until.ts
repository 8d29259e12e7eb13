import type { Frame } from "playwright";

/**
 * Milliseconds from the press of a button to the first moment at which something stands in the document, as the
 * document's own clock has it.
 *
 * @param button CSS selector of what is pressed; it has to be there.
 * @param shown CSS selector of what tells the end; it must not be there yet.
 */
export function pressUntil(frame: Frame, button: string, shown: string): Promise<number> {
  return frame.evaluate(
    ([button, shown]) => {
      const pressed = document.querySelector<HTMLElement>(button);
      if (pressed === null) throw new Error(`nothing matches ${button}`);
      if (document.querySelector(shown) !== null) throw new Error(`${shown} is there already`);
      return new Promise<number>((resolve) => {
        const start = performance.now();
        const observer = new MutationObserver(() => {
          if (document.querySelector(shown) === null) return;
          observer.disconnect();
          resolve(performance.now() - start);
        });
        observer.observe(document, { subtree: true, childList: true, attributes: true });
        pressed.click();
      });
    },
    [button, shown] as const,
  );
}
