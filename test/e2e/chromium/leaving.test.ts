import { leaving } from "../shared/leaving.ts";

leaving("chromium");
