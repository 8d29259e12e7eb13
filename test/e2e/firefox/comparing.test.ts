import { comparing } from "../shared/comparing.ts";

comparing("firefox");
