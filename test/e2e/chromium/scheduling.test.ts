import { scheduling } from "../shared/scheduling.ts";

scheduling("chromium");
