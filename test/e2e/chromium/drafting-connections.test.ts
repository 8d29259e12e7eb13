import { draftingConnections } from "../shared/drafting-connections.ts";

draftingConnections("chromium");
