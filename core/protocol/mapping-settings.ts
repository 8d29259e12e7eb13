/** The schema of MappingSettings, as it is stored and as it travels. */
import * as v from "valibot";

const PathSchema = v.pipe(v.array(v.string()), v.minLength(1), v.readonly());

export const PolicySchema = v.variant("is", [
  v.strictObject({ is: v.literal("manual") }),
  v.strictObject({ is: v.literal("localWins") }),
  v.strictObject({ is: v.literal("remoteWins") }),
  v.strictObject({ is: v.literal("newestWins"), field: PathSchema }),
  v.strictObject({ is: v.literal("mergeFields") }),
  v.strictObject({ is: v.literal("custom"), name: v.string() }),
]);

const IdentitySchema = v.strictObject({ path: PathSchema, field: v.string() });

export const MappingSettingsSchema = v.strictObject({
  ignore: v.exactOptional(v.pipe(v.array(v.string()), v.readonly())),
  policy: v.exactOptional(PolicySchema),
  identities: v.exactOptional(v.pipe(v.array(IdentitySchema), v.readonly())),
});
