"""Reads a copy of the archive as its users do: NDJSON and the view with DuckDB, vectors with NumPy. Prints JSON."""

import base64
import json
import sys
from pathlib import Path

import duckdb
import numpy

RAW_COLUMNS = """{topic: 'VARCHAR', partition: 'INTEGER', "offset": 'BIGINT', timestamp: 'VARCHAR', key: 'VARCHAR',
    keyBase64: 'VARCHAR', headers: 'MAP(VARCHAR, VARCHAR)', headersBase64: 'MAP(VARCHAR, VARCHAR[])',
    valueBase64: 'VARCHAR'}"""
ENRICHED_COLUMNS = """{topic: 'VARCHAR', partition: 'INTEGER', "offset": 'BIGINT', timestamp: 'VARCHAR',
    origin: 'STRUCT(topic VARCHAR, partition INTEGER, "offset" BIGINT)', eventId: 'VARCHAR', model: 'VARCHAR',
    gpu: 'STRUCT(deviceName VARCHAR, backend VARCHAR, totalMemoryBytes BIGINT, allocatedMemoryBytes BIGINT,
        computeCapability VARCHAR, driverVersion VARCHAR, cudaVersion VARCHAR, hipVersion VARCHAR, torchVersion VARCHAR,
        memoryUtilization DOUBLE)',
    capturedAt: 'VARCHAR', acceptedAt: 'VARCHAR', source: 'STRUCT(kind VARCHAR, uri VARCHAR, name VARCHAR)',
    tags: 'VARCHAR[]', attributes: 'MAP(VARCHAR, VARCHAR)', producer: 'STRUCT(keyId VARCHAR)',
    embeddingDimension: 'INTEGER', embeddingNorm: 'DOUBLE', embeddingObject: 'VARCHAR', embeddingRow: 'INTEGER',
    pipeline: 'STRUCT(tags VARCHAR[])'}"""

# The view of docs/archive.md: of several lines of one record, which an aborted attempt may leave, one.
VIEW = """
    SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY topic, partition, "offset" ORDER BY filename DESC) AS copy
        FROM read_ndjson('{files}', columns = {columns}, filename = true, hive_partitioning = true))
    WHERE copy = 1 ORDER BY topic, partition, "offset"
"""


def view(root: Path, kind: str, columns: str) -> list[dict]:
    files = f"{root}/{kind}/*/*/*.ndjson.gz"
    if not any(root.glob(f"{kind}/*/*/*.ndjson.gz")):
        return []
    relation = duckdb.sql(VIEW.format(files=files, columns=columns))
    return [dict(zip(relation.columns, row)) for row in relation.fetchall()]


def vectors(root: Path, rows: list[dict]) -> list[str | None]:
    objects: dict[str, numpy.ndarray] = {}
    found = []
    for row in rows:
        name = row["embeddingObject"]
        if name is None:
            found.append(None)
            continue
        if name not in objects:
            objects[name] = numpy.load(root / name, allow_pickle=False)
            assert objects[name].dtype == "<f4" and objects[name].flags.c_contiguous
        vector = objects[name][row["embeddingRow"]]
        assert vector.shape == (row["embeddingDimension"],)
        found.append(base64.b64encode(vector.tobytes()).decode())
    return found


def main(root: Path) -> None:
    enriched = view(root, "enriched", ENRICHED_COLUMNS)
    for row, vector in zip(enriched, vectors(root, enriched)):
        row["vector"] = vector
    raw = view(root, "raw", RAW_COLUMNS)
    json.dump({"raw": raw, "enriched": enriched}, sys.stdout, default=str)


main(Path(sys.argv[1]))
