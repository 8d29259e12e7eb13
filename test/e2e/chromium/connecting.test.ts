import { connecting } from "../shared/connecting.ts";

connecting("chromium");
