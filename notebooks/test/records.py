"""Records to send."""

from __future__ import annotations

from typing import Any

import numpy as np

from gpu_metadata_client import new_record

GPU = {"deviceName": "cpu"}


def record(number: int = 0, dimension: int = 4, **more: Any) -> dict[str, Any]:
    """The record of input `number`; of the same input always of the same id."""
    vector = np.random.default_rng(number).random(dimension, dtype=np.float32)
    return {**new_record("test", vector, GPU, data=str(number).encode(), name=f"{number}.jpg"), **more}


def records(count: int, **more: Any) -> list[dict[str, Any]]:
    """The first so many."""
    return [record(number, **more) for number in range(count)]


def ids_of(these: list[dict[str, Any]]) -> list[str]:
    """Their eventIds."""
    return [one["eventId"] for one in these]
