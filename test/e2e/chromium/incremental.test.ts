import { incremental } from "../shared/incremental.ts";

incremental("chromium");
