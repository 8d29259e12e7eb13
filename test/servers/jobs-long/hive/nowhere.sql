INSERT OVERWRITE DIRECTORY '${hivevar:output}' SELECT * FROM nowhere;
