import { inspecting } from "../shared/inspecting.ts";

inspecting("firefox");
