import { queueingWhileAway } from "../shared/queueing-while-away.ts";

queueingWhileAway("chromium");
