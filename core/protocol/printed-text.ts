/** Colours and cursor moves that programs print for terminals (ECMA-48 control sequences and titles). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what begins them.
const TERMINAL_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\^_])/g;

/** What a program prints, as text alone. */
export const withoutTerminalSequences = (text: string): string => text.replace(TERMINAL_SEQUENCE, "");
