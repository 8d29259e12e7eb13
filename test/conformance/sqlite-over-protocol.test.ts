import { defaultCapabilities } from "../../bridge/backends/backend.ts";
import { TestBridge } from "../support/bridge/test-bridge.ts";
import { conformanceSuite } from "./suite/conformance-suite.ts";

conformanceSuite(
  "SQLite behind a bridge process, over the whole protocol",
  async () => {
    const bridge = await TestBridge.start();
    const { client } = await bridge.pair(bridge.pairing);
    return {
      store: async (collection) => client.remoteStore("local", collection),
      dispose: () => bridge.dispose(),
    };
  },
  { ...defaultCapabilities, anyKey: true },
);
