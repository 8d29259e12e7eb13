CREATE TEMPORARY VIEW visits (region STRING, amount BIGINT, at TIMESTAMP)
USING json OPTIONS (path '${input}', mode 'FAILFAST');

INSERT OVERWRITE DIRECTORY '${output}' USING json
SELECT region AS id, upper(region) AS code, sum(amount) AS total, count(*) AS visits, max(at) > '2026-01-01' AS isRecent
FROM visits GROUP BY region;
