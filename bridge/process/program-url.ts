/**
 * Where a file of the built program is, beside whatever module asks.
 *
 * @param path From the folder `bridge` of the build. The build keeps this module in a file of its own, one folder below that one.
 */
export const programUrl = (path: string): URL => new URL(`../${path}`, import.meta.url);
