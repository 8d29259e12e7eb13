"""Prints what Python's own clients read: a line of JSON a row, an object of column -> [the type's name, the value].

Arguments: `cassandra HOST PORT QUERY`, `ignite HOST PORT QUERY`, `hbase URL TABLE`, `kafka BROKER TOPIC`, or
`parquet URL FOLDER`, a dataset on HDFS whose segments are Parquet: of several rows of a key the newest. HBase knows
no types: its cells are their bytes in hexadecimal, and what they are as text and, where there are eight, as a whole
number and a double. Of Kafka these are the committed records, with the value's members in place of columns.
"""

import base64
import datetime
import decimal
import io
import json
import struct
import sys
import urllib.request
import uuid


def plain(value):
    """The value as JSON has it; what JSON would round is a text."""
    if value is None or isinstance(value, (bool, str, float)):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**53 else str(value)
    if isinstance(value, (bytes, bytearray)):
        return "0x" + value.hex()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if hasattr(value, "_asdict"):
        return {name: plain(field) for name, field in value._asdict().items()}
    if hasattr(value, "items"):
        return [[plain(key), plain(item)] for key, item in value.items()]
    if hasattr(value, "__iter__"):
        return [plain(item) for item in value]
    return str(value)


def say(row):
    columns = {name: [type(value).__name__, plain(value)] for name, value in row if value is not None}
    print(json.dumps(columns))


def read_cassandra(host, port, query):
    from cassandra.cluster import Cluster

    with Cluster([host], port=int(port)) as cluster:
        for row in cluster.connect().execute(query):
            say(row._asdict().items())


def read_ignite(host, port, query):
    from pyignite import Client

    client = Client()
    with client.connect(host, int(port)):
        rows = client.sql(query, include_field_names=True)
        names = next(rows)
        for row in rows:
            # A timestamp comes with its nanoseconds beside it.
            say(zip(names, (cell[0] if isinstance(cell, tuple) else cell for cell in row)))


def read_hbase(url, table):
    request = urllib.request.Request(f"{url}/{table}/*", headers={"accept": "application/json"})
    with urllib.request.urlopen(request) as answer:
        rows = json.load(answer)["Row"]
    for row in rows:
        cells = {base64.b64decode(cell["column"]).decode(): base64.b64decode(cell["$"]) for cell in row["Cell"]}
        said = {name: as_anything(value) for name, value in cells.items()}
        print(json.dumps({"(row key)": as_anything(base64.b64decode(row["key"])), **said}))


def read_kafka(broker, topic):
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(
        bootstrap_servers=[broker], isolation_level="read_committed", enable_auto_commit=False
    )
    partition = TopicPartition(topic, 0)
    consumer.assign([partition])
    consumer.seek_to_beginning(partition)
    end = consumer.end_offsets([partition])[partition]
    while consumer.position(partition) < end:
        for record in consumer.poll(timeout_ms=200).get(partition, []):
            headers = [(name, text.decode()) for name, text in record.headers]
            say([("(key)", record.key), *json.loads(record.value).items(), *headers])
    consumer.close()


def read_parquet(url, folder):
    import hdfs
    import pyarrow.parquet

    client = hdfs.InsecureClient(url, user="root")

    def content_of(path):
        with client.read(path) as reader:
            return reader.read()

    newest = max(client.list(f"{folder}/manifests"))
    manifest = json.loads(content_of(f"{folder}/manifests/{newest}").splitlines()[0])
    rows = {}
    for segment in manifest["segments"]:
        content = content_of(f"{folder}/segments/{segment['name']}.parquet")
        for row in pyarrow.parquet.read_table(io.BytesIO(content)).to_pylist():
            rows[row["key"]] = row
    for key in sorted(rows):
        say(rows[key].items())


def as_anything(value):
    said = {"bytes": value.hex()}
    try:
        said["text"] = value.decode()
    except UnicodeDecodeError:
        pass
    if len(value) == 8:
        said["long"] = str(struct.unpack(">q", value)[0])
        said["double"] = str(struct.unpack(">d", value)[0])
    return said


READERS = {
    "cassandra": read_cassandra,
    "ignite": read_ignite,
    "hbase": read_hbase,
    "kafka": read_kafka,
    "parquet": read_parquet,
}

if __name__ == "__main__":
    READERS[sys.argv[1]](*sys.argv[2:])
