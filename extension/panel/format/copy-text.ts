/**
 * Puts text on the clipboard and answers whether it worked. DevTools panels are framed without the
 * permission that `navigator.clipboard` wants, so the old command of the document is used.
 */
export function copyText(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr";
  const focused = document.activeElement;
  // What lies outside of an open dialog cannot be selected.
  (focused?.closest("dialog") ?? document.body).append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
