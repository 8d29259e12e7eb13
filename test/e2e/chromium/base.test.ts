import { base } from "../shared/base.ts";

base("chromium");
