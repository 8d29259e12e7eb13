import { emptiedStore } from "../shared/emptied-store.ts";

emptiedStore("chromium");
