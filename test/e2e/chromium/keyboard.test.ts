import { keyboard } from "../shared/keyboard.ts";

keyboard("chromium");
