/** Within a thread of a module: its default export, or why there is none. */
export async function loadFunction<Wanted>(url: string): Promise<Wanted | string> {
  try {
    const module: unknown = await import(url);
    const chosen = typeof module === "object" && module !== null && "default" in module && module.default;
    return typeof chosen === "function" ? (chosen as Wanted) : "it has no function as its default export";
  } catch (error) {
    return `it cannot be loaded: ${reasonOf(error)}`;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
