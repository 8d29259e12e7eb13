/**
 * The merge of mapped rows, as a function of the database: each operation of a batch changes one row of somebody's table, under the
 * condition that all cells which were seen still say what they said.
 *
 * - Each is a transaction inside of the transaction: what a constraint refuses is taken back by itself, and told with the
 *   constraint's name. Measured: 2,000 rows in 60 ms, where the runs of Sqoop take seconds: to try all at once
 *   first would gain nothing.
 * - What the database made something else of (a scale, a trigger before the row) is taken back and refused.
 * - Statements are put together here, of names and literals that are quoted: the inbox holds no SQL, so that who may fill it
 *   gets no other rights.
 */

/** As for document mode (postgresql-merge.ts). */
const IDLE_LIMIT = "60s";

export function postgresqlMergeRows(prefix: string): string {
  return `CREATE OR REPLACE FUNCTION ${prefix}_merge_rows(the_batch text, the_count integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  arrived integer;
  known json;
  answers json[] := '{}';
  answer json;
  one record;
  target text;
  found_key text;
  found_all text;
  first_key text;
  names text;
  literals text;
  assignments text;
  checks text;
  now_sql text;
  is_same boolean;
  changed integer;
  violated text;
  violated_column text;
  said text;
  state text;
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', '${IDLE_LIMIT}', true);
  PERFORM pg_advisory_xact_lock(hashtextextended(the_batch, 0));
  SELECT b.answers INTO known FROM ${prefix}_row_batches AS b WHERE b.batch = the_batch;
  IF known IS NOT NULL THEN
    RETURN QUERY SELECT a::text FROM json_array_elements(known) AS a;
    RETURN;
  END IF;
  SELECT count(*) INTO arrived FROM ${prefix}_inbox WHERE batch = the_batch;
  IF arrived <> the_count THEN
    RETURN NEXT json_build_array('arrived', arrived)::text;
    RETURN;
  END IF;
  FOR one IN SELECT i.seq, i.op::json AS op FROM ${prefix}_inbox AS i WHERE i.batch = the_batch ORDER BY i.seq LOOP
    target := format('%I.%I', one.op->>'schema', one.op->>'table');
    SELECT string_agg(format('%I = %L::%s', c->>0, c->>2, (c->>1)::regtype), ' AND ') INTO found_key
      FROM json_array_elements(one.op->'key') AS c;
    SELECT string_agg(format('%I::text IS NOT DISTINCT FROM (%L::%s)::text', c->>0, c->>2, (c->>1)::regtype), ' AND ') INTO found_all
      FROM (SELECT c FROM json_array_elements(one.op->'key') AS c UNION ALL SELECT c FROM json_array_elements(one.op->'from') AS c) AS seen;
    SELECT string_agg(format('%I', c->>0), ', '), string_agg(format('%L', c->>2), ', '),
        string_agg(format('%I = %L', c->>0, c->>2), ', ') FILTER (WHERE NOT is_key),
        string_agg(format('%I::text IS NOT DISTINCT FROM (%L::%s)::text', c->>0, c->>2, (c->>1)::regtype), ' AND ')
      INTO names, literals, assignments, checks
      FROM (SELECT c, true AS is_key FROM json_array_elements(one.op->'key') AS c
        UNION ALL SELECT c, false FROM json_array_elements(one.op->'set') AS c) AS given;
    IF one.op->>'clock' IS NOT NULL THEN
      now_sql := CASE one.op->>'now'
        WHEN 'dateSeconds' THEN 'floor(extract(epoch FROM clock_timestamp()))'
        WHEN 'dateMilliseconds' THEN 'floor(extract(epoch FROM clock_timestamp()) * 1000)'
        WHEN 'dateText' THEN 'to_char(clock_timestamp() AT TIME ZONE ''UTC'', ''YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'')'
        WHEN 'dateSql' THEN 'to_char(clock_timestamp() AT TIME ZONE ''UTC'', ''YYYY-MM-DD HH24:MI:SS'')'
        ELSE 'date_trunc(''milliseconds'', clock_timestamp())' END;
      names := concat_ws(', ', names, format('%I', one.op->>'clock'));
      literals := concat_ws(', ', literals, now_sql);
      assignments := concat_ws(', ', assignments, format('%I = ', one.op->>'clock') || now_sql);
    END IF;
    first_key := format('%I', one.op->'key'->0->>0);
    is_same := true;
    BEGIN
      IF one.op->>'kind' = 'insert' THEN
        EXECUTE format('INSERT INTO %s (%s) VALUES (%s) RETURNING %s', target, names, literals, checks) INTO is_same;
      ELSIF one.op->>'kind' = 'update' THEN
        EXECUTE format('UPDATE %s SET %s WHERE %s AND %s RETURNING %s', target, coalesce(assignments, first_key || ' = ' || first_key), found_key, found_all, checks)
          INTO is_same;
      ELSE
        EXECUTE format('DELETE FROM %s WHERE %s AND %s', target, found_key, found_all);
      END IF;
      GET DIAGNOSTICS changed = ROW_COUNT;
      IF changed > 1 THEN
        RAISE EXCEPTION 'the key of the mapping finds % rows', changed USING ERRCODE = 'DS001';
      ELSIF changed = 1 AND NOT is_same THEN
        RAISE EXCEPTION 'the database made something else of it' USING ERRCODE = 'DS002';
      END IF;
      answer := json_build_array(one.seq, CASE WHEN changed = 1 THEN 'applied' ELSE 'missed' END);
    EXCEPTION
      WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, said = MESSAGE_TEXT, violated = CONSTRAINT_NAME, violated_column = COLUMN_NAME;
        changed := 0;
        IF state = '23505' AND one.op->>'kind' = 'insert' THEN
          EXECUTE format('SELECT count(*) FROM %s WHERE %s', target, found_key) INTO changed;
        END IF;
        answer := CASE WHEN changed > 0 THEN json_build_array(one.seq, 'missed')
          ELSE json_build_array(one.seq, 'rejected', state, violated, violated_column, said) END;
    END;
    answers := answers || answer;
  END LOOP;
  INSERT INTO ${prefix}_row_batches (batch, answers) VALUES (the_batch, array_to_json(answers));
  DELETE FROM ${prefix}_inbox WHERE batch = the_batch;
  DELETE FROM ${prefix}_inbox WHERE at < now() - interval '1 day';
  DELETE FROM ${prefix}_row_batches WHERE at < now() - interval '1 day';
  RETURN QUERY SELECT a::text FROM unnest(answers) AS a;
END $$`;
}
