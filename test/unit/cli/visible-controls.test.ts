import { expect, test } from "vitest";
import { visibleControls } from "../../../bridge/cli/visible-controls.ts";

test("what would move the cursor, change colours or turn the text around is shown instead", () => {
  expect(visibleControls("a\u001b[2Jb\r\u009bc\u202ed\n\u0000")).toBe(
    "a\\u001b[2Jb\\u000d\\u009bc\\u202ed\n\\u0000",
  );
  expect(visibleControls("Übung 😀")).toBe("Übung 😀");
});
