import { removingMappings } from "../shared/removing-mappings.ts";

removingMappings("firefox");
