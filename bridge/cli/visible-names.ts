export const megabytes = (bytes: number): string => `${(bytes / 1024 / 1024).toFixed(1)} MB`;

/** Names are page data: none of them moves the terminal's cursor. */
export const printable = (name: string): string => JSON.stringify(name).slice(1, -1);
