import { twoPanels } from "../shared/two-panels.ts";

twoPanels("chromium");
