/** WebDriver's code points for keys without a character, by the names that Playwright gives them. */
const KEYS: Readonly<Record<string, string>> = {
  Backspace: "\uE003",
  Tab: "\uE004",
  Enter: "\uE007",
  Shift: "\uE008",
  Control: "\uE009",
  Alt: "\uE00A",
  Escape: "\uE00C",
  Space: " ",
  PageUp: "\uE00E",
  PageDown: "\uE00F",
  End: "\uE010",
  Home: "\uE011",
  ArrowLeft: "\uE012",
  ArrowUp: "\uE013",
  ArrowRight: "\uE014",
  ArrowDown: "\uE015",
  Delete: "\uE017",
  F2: "\uE032",
  F6: "\uE036",
  F9: "\uE039",
  Meta: "\uE03D",
};

/** Key actions for "Escape", "Control+f", "Shift+ArrowDown". */
export function chordActions(chord: string): readonly { type: "keyDown" | "keyUp"; value: string }[] {
  const keys = chord.split("+").map((name) => {
    const key = KEYS[name] ?? name;
    if ([...key].length !== 1) throw new Error(`no key is called ${name}`);
    return key;
  });
  return [
    ...keys.map((value) => ({ type: "keyDown" as const, value })),
    ...keys.toReversed().map((value) => ({ type: "keyUp" as const, value })),
  ];
}
