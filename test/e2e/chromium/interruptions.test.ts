import { interruptions } from "../shared/interruptions.ts";

interruptions("chromium");
