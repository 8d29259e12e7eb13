/** Protocol versions that this build speaks, newest first. */
export const PROTOCOL_VERSIONS: readonly number[] = [1];

/** The newest version that both sides speak; undefined = none. */
export function negotiateVersion(offered: readonly number[]): number | undefined {
  return PROTOCOL_VERSIONS.find((version) => offered.includes(version));
}
