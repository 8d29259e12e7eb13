import { connecting } from "../shared/connecting.ts";

connecting("firefox");
