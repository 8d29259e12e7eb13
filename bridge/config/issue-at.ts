import type * as v from "valibot";

/** What is wrong with one entry of an object that is right as far as its types go. */
export const issueAt = <Value extends object>(value: Value, key: keyof Value & string, expected: string) => ({
  message: `expected ${expected}`,
  input: value[key],
  path: [
    {
      type: "object" as const,
      origin: "value" as const,
      input: value as Record<string, unknown>,
      key,
      value: value[key],
    },
  ] as [v.ObjectPathItem],
});
