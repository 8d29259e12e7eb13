import { policies } from "../shared/policies.ts";

policies("chromium");
