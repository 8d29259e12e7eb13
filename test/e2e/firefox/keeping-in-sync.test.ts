import { keepingInSync } from "../shared/keeping-in-sync.ts";

keepingInSync("firefox");
