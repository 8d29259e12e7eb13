import { pushingAndPulling } from "../shared/pushing-and-pulling.ts";

pushingAndPulling("chromium");
