import { resolving } from "../shared/resolving.ts";

resolving("chromium");
