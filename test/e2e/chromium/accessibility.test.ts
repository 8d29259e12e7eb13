import { accessibility } from "../shared/accessibility.ts";

accessibility("chromium");
