"""Reads a copy of the archive as docs/archive.md does: NDJSON with DuckDB, vectors with NumPy. Prints JSON."""

import base64
import json
import os
import re
import sys
from pathlib import Path

import duckdb
import numpy


def queries(page: Path) -> dict[str, str]:
    """The SQL under the page's DuckDB heading, by the kind of object it reads."""
    section = page.read_text().split("## DuckDB and NumPy")[1]
    found = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    return {re.search(r"read_ndjson\('(\w+)/", sql).group(1): sql for sql in found}


def lines(root: Path, kind: str, sql: str) -> list[dict]:
    if not any(root.glob(f"{kind}/*/*/*.ndjson.gz")):
        return []
    relation = duckdb.sql(sql.rstrip().rstrip(";"))
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


def main(root: Path, page: Path) -> None:
    sql = queries(page)
    os.chdir(root)
    enriched = lines(root, "enriched", sql["enriched"])
    for row, vector in zip(enriched, vectors(root, enriched)):
        row["vector"] = vector
    raw = lines(root, "raw", sql["raw"])
    json.dump({"raw": raw, "enriched": enriched}, sys.stdout, default=str)


main(Path(sys.argv[1]), Path(sys.argv[2]))
