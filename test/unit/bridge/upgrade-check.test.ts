import { describe, expect, test } from "vitest";
import { refuseUpgrade } from "../../../bridge/server/upgrade-check.ts";
import { CHROMIUM_ORIGIN, COMMAND_LINE_ORIGIN } from "../../../core/protocol/extension-origin.ts";

const FIREFOX = "moz-extension://0b1c2d3e-4f50-4a6b-8c7d-9e8f7a6b5c4d";

describe("who may connect", () => {
  test.each([
    ["127.0.0.1:7411", CHROMIUM_ORIGIN],
    ["localhost:7411", CHROMIUM_ORIGIN],
    ["[::1]:7411", FIREFOX],
    ["127.0.0.1:7411", COMMAND_LINE_ORIGIN],
  ])("%s from %s may", (host, origin) => {
    expect(refuseUpgrade({ host, origin }, 7411)).toBeUndefined();
  });

  test.each([
    "http://127.0.0.1:7411",
    "https://shop.example",
    "null",
    "",
    undefined,
    "file://",
    "chrome-extension://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    `${CHROMIUM_ORIGIN}.evil.example`,
    `${CHROMIUM_ORIGIN}/`,
    CHROMIUM_ORIGIN.toUpperCase(),
    "moz-extension://anything",
  ])("an origin of %j may not", (origin) => {
    expect(refuseUpgrade({ host: "127.0.0.1:7411", origin }, 7411)).toContain("extension");
  });

  test.each([
    "127.0.0.1",
    "127.0.0.1:80",
    "rebound.evil.example:7411",
    "127.0.0.1:7411.evil.example",
    "0.0.0.0:7411",
    "",
    undefined,
  ])("a host of %j may not", (host) => {
    expect(refuseUpgrade({ host, origin: CHROMIUM_ORIGIN }, 7411)).toContain("Host");
  });
});
