/**
 * The merge of document mode, as a function of the database: a batch of the inbox goes into the table of records, each operation
 * under its own condition, all in one transaction.
 *
 * - One merge at a time: runs of Sqoop take seconds, a merge milliseconds, and nobody can wait for anybody crosswise. A client
 *   that was frozen in the middle is thrown out by the server.
 * - A batch counts when all of it arrived: exports of several bridges can meet in one staging table, and a killed one ends anywhere.
 * - A batch that was merged is answered from what is remembered of it, for a day.
 * - Of several operations of one key at most one finds the version that it expects: the first that does.
 * - `applied` is what gave the version that is there now, whoever sent it and however often.
 */

/** What is there now goes along with operations that missed, up to this much. */
const CURRENT_BYTES = 4 * 1024 * 1024;

/** A client that reads nothing for so long holds the lock no longer. */
const IDLE_LIMIT = "60s";

const BASE64 = `translate(encode(%, 'base64'), E'\\n', '')`;

export function postgresqlMerge(prefix: string): string {
  return `CREATE OR REPLACE FUNCTION ${prefix}_merge(the_batch text, the_count integer) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  arrived integer;
  known integer[];
BEGIN
  PERFORM set_config('idle_in_transaction_session_timeout', '${IDLE_LIMIT}', true);
  PERFORM pg_advisory_xact_lock(hashtextextended('${prefix}_merge', 0));
  SELECT b.missed INTO known FROM ${prefix}_batches AS b WHERE b.batch = the_batch;
  IF known IS NOT NULL THEN
    RETURN QUERY SELECT json_build_array(s, CASE WHEN s = ANY (known) THEN 'missed' ELSE 'applied' END)::text
      FROM generate_series(0, the_count - 1) AS s;
    RETURN;
  END IF;
  SELECT count(*) INTO arrived FROM ${prefix}_inbox WHERE batch = the_batch;
  IF arrived <> the_count THEN
    RETURN NEXT json_build_array('arrived', arrived)::text;
    RETURN;
  END IF;
  WITH ops AS MATERIALIZED (${parsed(prefix)}),
  firsts AS MATERIALIZED (
    SELECT DISTINCT ON (o.incarnation, o.k) o.* FROM ops AS o
      JOIN ${prefix}_collections AS c ON c.incarnation = o.incarnation
      LEFT JOIN ${prefix}_records AS r ON r.incarnation = o.incarnation AND r.k = o.k
      WHERE r.version IS NOT DISTINCT FROM o.expect
      ORDER BY o.incarnation, o.k, o.seq),
  made AS (
    INSERT INTO ${prefix}_records (incarnation, k, version, digest, body, deleted, op_id, prev_op_id, writer)
      SELECT incarnation, k, version, digest, body, deleted, op_id, prev_op_id, writer FROM firsts WHERE expect IS NULL
      ORDER BY incarnation, k ON CONFLICT DO NOTHING)
  UPDATE ${prefix}_records AS r SET version = o.version, digest = o.digest, body = o.body, deleted = o.deleted,
      op_id = o.op_id, prev_op_id = o.prev_op_id, writer = o.writer
    FROM firsts AS o WHERE r.incarnation = o.incarnation AND r.k = o.k AND r.version = o.expect;
  RETURN QUERY
    WITH answers AS MATERIALIZED (
      SELECT o.seq, o.k, r.version IS NOT DISTINCT FROM o.version AND r.k IS NOT NULL AS applied, c.incarnation IS NULL AS gone,
          r.version, r.digest, r.deleted, r.prev_op_id, r.body,
          sum(CASE WHEN r.version IS DISTINCT FROM o.version THEN 1000 + coalesce(octet_length(r.body), 0) ELSE 0 END)
            OVER (ORDER BY o.seq) AS so_far
        FROM (${parsed(prefix)}) AS o
        LEFT JOIN ${prefix}_collections AS c ON c.incarnation = o.incarnation
        LEFT JOIN ${prefix}_records AS r ON r.incarnation = o.incarnation AND r.k = o.k),
    kept AS (
      INSERT INTO ${prefix}_batches (batch, count, missed)
        SELECT the_batch, the_count, coalesce(array_agg(seq) FILTER (WHERE NOT applied), '{}') FROM answers)
    SELECT CASE
        WHEN gone THEN json_build_array(seq, 'gone')
        WHEN applied THEN json_build_array(seq, 'applied')
        WHEN so_far > ${CURRENT_BYTES} THEN json_build_array(seq, 'missed')
        WHEN version IS NULL AND deleted IS NULL AND body IS NULL THEN json_build_array(seq, 'missed', encode(k, 'hex'))
        ELSE json_build_array(seq, 'missed', encode(k, 'hex'), version, encode(digest, 'hex'), deleted, prev_op_id,
          ${BASE64.replace("%", "body")})
      END::text FROM answers ORDER BY seq;
  DELETE FROM ${prefix}_inbox WHERE batch = the_batch;
  DELETE FROM ${prefix}_inbox WHERE at < now() - interval '1 day';
  DELETE FROM ${prefix}_batches WHERE at < now() - interval '1 day';
END $$`;
}

/** The rows of the batch as records to be. */
const parsed = (prefix: string): string => `
    SELECT seq, (op->>'c')::uuid AS incarnation, decode(op->>'k', 'hex') AS k, op->>'e' AS expect, op->>'v' AS version,
        decode(op->>'g', 'hex') AS digest, decode(op->>'b', 'base64') AS body, (op->>'d')::smallint AS deleted,
        op->>'i' AS op_id, op->>'p' AS prev_op_id, op->>'w' AS writer
      FROM (SELECT i.seq, i.op::json AS op FROM ${prefix}_inbox AS i WHERE i.batch = the_batch) AS i`;
