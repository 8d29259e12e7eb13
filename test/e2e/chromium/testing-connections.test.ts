import { testingConnections } from "../shared/testing-connections.ts";

testingConnections("chromium");
