import { driverBehaviour } from "../shared/driver-behaviour.ts";

driverBehaviour("chromium");
