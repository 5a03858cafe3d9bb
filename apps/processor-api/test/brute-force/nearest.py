"""Compares each query with every vector in double precision. Arguments: folder, dimension, k. Prints JSON."""

import json
import sys
from pathlib import Path

import numpy


def main(folder: Path, dimension: int, k: int) -> None:
    vectors = numpy.fromfile(folder / "vectors.f32", dtype="<f4").reshape(-1, dimension).astype(numpy.float64)
    queries = numpy.fromfile(folder / "queries.f32", dtype="<f4").reshape(-1, dimension).astype(numpy.float64)
    ids = numpy.array(json.loads((folder / "ids.json").read_text()))
    norms = numpy.linalg.norm(vectors, axis=1)
    kept = norms > 0
    vectors, ids = vectors[kept] / norms[kept, None], ids[kept]
    answers = []
    for query in queries:
        scores = vectors @ (query / numpy.linalg.norm(query))
        # Equal cosines may differ by the rounding of their sums: twelve digits decide, then the id.
        order = numpy.lexsort((ids, -numpy.round(scores, 12)))[:k]
        answers.append([[str(ids[at]), float(scores[at])] for at in order])
    json.dump(answers, sys.stdout)


main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
