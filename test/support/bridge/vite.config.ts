import { mergeConfig, type UserConfig } from "vite";
import bridge, { inputOf } from "../../../bridge/vite.config.ts";

/** The bridge's programs, and what tests start in a process of another user. */
const more: UserConfig = {
  build: { rolldownOptions: { input: inputOf(["backends/sqlite/sqlite-backend"]) } },
};

export default mergeConfig(bridge, more);
