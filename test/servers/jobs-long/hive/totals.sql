DROP TABLE IF EXISTS visits;
CREATE EXTERNAL TABLE visits (region STRING, amount BIGINT, `at` STRING)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' STORED AS TEXTFILE LOCATION '${hivevar:input}';

DROP TABLE IF EXISTS totals;
CREATE EXTERNAL TABLE totals (id STRING, code STRING, total BIGINT, visits BIGINT, isRecent BOOLEAN)
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' STORED AS TEXTFILE LOCATION '${hivevar:output}';

INSERT OVERWRITE TABLE totals
SELECT region, upper(region), sum(amount), count(*), max(`at`) > '2026-01-01' FROM visits GROUP BY region;
