import { igniteCapabilities } from "../../../bridge/backends/ignite/ignite-backend.ts";
import { conformanceSuite } from "../../conformance/suite/conformance-suite.ts";
import { directBed } from "../../conformance/suite/direct-bed.ts";
import { freshBackend } from "./fresh-tables.ts";

conformanceSuite("Ignite", async () => directBed(await freshBackend()), {
  ...igniteCapabilities,
  anyKey: true,
});
