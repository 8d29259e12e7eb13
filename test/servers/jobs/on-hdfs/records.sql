CREATE TEMPORARY VIEW written USING parquet OPTIONS (path '${input}');

CREATE TEMPORARY VIEW records AS
SELECT key, newest.* FROM (
  SELECT key, max_by(struct(id, deleted, value), CAST(substring_index(version, '.', 1) AS BIGINT)) AS newest
  FROM written WHERE key >= '10' AND key < '20' GROUP BY key
) WHERE NOT newest.deleted;

INSERT OVERWRITE DIRECTORY '${output}' USING json
SELECT get_json_object(value, '$.region') AS region, sum(CAST(get_json_object(value, '$.amount') AS BIGINT)) AS total,
  count(*) AS visits, min(id) AS first
FROM records GROUP BY 1;
