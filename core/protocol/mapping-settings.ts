/** The schema of MappingSettings, as it is stored and as it travels. */
import * as v from "valibot";

export const MappingSettingsSchema = v.strictObject({
  ignore: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
});
