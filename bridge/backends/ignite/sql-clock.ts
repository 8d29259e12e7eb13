/** The cluster's time by SQL, in UTC: CURRENT_TIMESTAMP alone is what the clock shows in the node's own zone. */

/** As Date's own text. */
export const UTC_TEXT =
  "FORMATDATETIME(CURRENT_TIMESTAMP(), 'yyyy-MM-dd''T''HH:mm:ss.SSS''Z''', 'en', 'UTC')";

/** To the second, as SQL writes it. */
export const UTC_SQL = "FORMATDATETIME(CURRENT_TIMESTAMP(), 'yyyy-MM-dd HH:mm:ss', 'en', 'UTC')";

const UTC = "FORMATDATETIME(CURRENT_TIMESTAMP(), 'yyyy-MM-dd HH:mm:ss.SSS', 'en', 'UTC')";

/** Milliseconds since 1970. */
export const UTC_MILLISECONDS = `DATEDIFF('MILLISECOND', TIMESTAMP '1970-01-01 00:00:00', CAST(${UTC} AS TIMESTAMP))`;
