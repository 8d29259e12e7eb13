import { base } from "../shared/base.ts";

base("firefox");
