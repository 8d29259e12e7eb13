import { mappingATable } from "../shared/mapping-a-table.ts";

mappingATable("firefox");
