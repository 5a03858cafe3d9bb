"""The client against a running API, at GPU_API_URL with GPU_API_KEY: client.spec.ts starts both."""

from __future__ import annotations

import os
import pathlib
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from records import ids_of, record

from gpu_metadata_client import Client, Journal, RecordsRefusedError, RefusedError, unpack

MODEL = f"test-{os.urandom(4).hex()}"
DIMENSION = 2048


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(os.environ["GPU_API_URL"], os.environ["GPU_API_KEY"]) as new:
        yield new


@pytest.fixture
def journal(tmp_path: pathlib.Path) -> Iterator[Journal]:
    with Journal(tmp_path / "run.journal") as new:
        yield new


def own(number: int, **more: Any) -> dict[str, Any]:
    """A record of input `number` whose id no other has."""
    return record(number, DIMENSION, **{"eventId": str(uuid.uuid4()), "model": MODEL, **more})


def assert_stored_bit_for_bit(client: Client, sent: list[dict[str, Any]]) -> None:
    client.wait_stored(ids_of(sent), deadline_s=30.0, progress=False)
    found = client.stored(ids_of(sent), embedding=True)
    assert list(found) == ids_of(sent)
    for one in sent:
        assert unpack(found[one["eventId"]]["embedding"]).tobytes() == unpack(one["embedding"]).tobytes()
        assert found[one["eventId"]]["source"] == one["source"]


def test_the_connection_is_good(client: Client) -> None:
    assert "records can be sent and read back" in client.check()


@pytest.mark.parametrize("missing", [[], ["msgpack"], ["zstandard"], ["msgpack", "zstandard"]])
def test_one_record_arrives_bit_for_bit_whatever_is_installed(
    monkeypatch: pytest.MonkeyPatch, missing: list[str]
) -> None:
    for module in missing:
        monkeypatch.setitem(sys.modules, module, None)
    sent = own(0)
    with Client(os.environ["GPU_API_URL"], os.environ["GPU_API_KEY"]) as client:
        assert client.send(sent).event_id == sent["eventId"]
        assert_stored_bit_for_bit(client, [sent])


def test_many_records_arrive_and_a_rerun_sends_nothing(journal: Journal) -> None:
    sent = [own(number) for number in range(250)]
    with Client(os.environ["GPU_API_URL"], os.environ["GPU_API_KEY"], journal=journal) as client:
        assert client.send_many(sent, progress=False).acknowledged == ids_of(sent)
        assert_stored_bit_for_bit(client, sent)
        again = client.send_many(sent, progress=False)
        assert (again.skipped, again.acknowledged) == (ids_of(sent), [])


@pytest.mark.parametrize("compression", ["zstd", "gzip", "none"])
def test_every_compression_is_understood(compression: str) -> None:
    sent = [own(number, tags=[compression]) for number in range(20)]
    settings: dict[str, Any] = {"compression": compression}
    with Client(os.environ["GPU_API_URL"], os.environ["GPU_API_KEY"], **settings) as client:
        client.send_many(sent, progress=False)
        assert_stored_bit_for_bit(client, sent)


def test_vectors_of_zeros_are_no_bomb(client: Client) -> None:
    sent = [own(number, embedding=np.zeros(8192, np.float32)) for number in range(100)]
    assert len(client.send_many(sent, progress=False).acknowledged) == 100


def test_what_was_stored_is_found_page_by_page_and_by_likeness(client: Client) -> None:
    model = f"{MODEL}-find"
    sent = [own(number, model=model) for number in range(60)]
    client.send_many(sent, progress=False)
    client.wait_stored(ids_of(sent), deadline_s=30.0, progress=False)
    assert {one["eventId"] for one in client.find(model=model, embedding=True)} == set(ids_of(sent))
    until = time.monotonic() + 60.0
    nearest = client.search(sent[7]["embedding"], 3, {"model": model})
    # The first search begins to load the index.
    while (not nearest or nearest[0]["eventId"] != sent[7]["eventId"]) and time.monotonic() < until:
        time.sleep(0.2)
        nearest = client.search(sent[7]["embedding"], 3, {"model": model})
    assert nearest[0]["eventId"] == sent[7]["eventId"]
    assert nearest[0]["score"] == pytest.approx(1.0)


def test_a_refused_record_names_its_fields(client: Client) -> None:
    wrong = own(0, model="", gpu={"deviceName": "cpu", "totalMemoryBytes": -1})
    with pytest.raises(RefusedError) as refused:
        client.send(wrong)
    assert {fault.pointer for fault in refused.value.faults} == {"/model", "/gpu/totalMemoryBytes"}


@pytest.mark.parametrize("value", [2**53, 10**20])
def test_a_number_that_is_too_large_is_named_too(client: Client, value: int) -> None:
    with pytest.raises(RefusedError) as refused:
        client.send(own(0, gpu={"deviceName": "cpu", "totalMemoryBytes": value}))
    assert [fault.pointer for fault in refused.value.faults] == ["/gpu/totalMemoryBytes"]


def test_names_of_attributes_and_fields_that_are_none_are_stored_as_the_api_takes_them(client: Client) -> None:
    attributes = {"eval/loss": 0.5, "model.type": "vit", "test acc": 1, "step:1-a": True, "seed": str(2**63 - 1)}
    sent = own(0, attributes=attributes, source=None, gpu={"deviceName": "cpu", "backend": None, "hipVersion": None})
    client.send_many([sent], progress=False)
    client.wait_stored(ids_of([sent]), deadline_s=30.0, progress=False)
    assert client.stored(ids_of([sent]))[sent["eventId"]]["attributes"] == attributes


def test_of_a_mixed_batch_the_good_ones_are_stored_and_each_bad_one_is_told(client: Client) -> None:
    deep: Any = "bottom"
    for _ in range(20):
        deep = {"in": deep}
    sent = [own(number) for number in range(12)]
    sent[3]["model"] = ""
    sent[5]["attributes"] = deep
    sent[8]["attributes"] = {"note": "x" * 3_000_000}
    with pytest.raises(RecordsRefusedError) as refused:
        client.send_many(sent, progress=False)
    told = {one.event_id: (one.status, one.code) for one in refused.value.report.refused}
    assert told == {
        sent[3]["eventId"]: (422, "invalid_metadata"),
        sent[5]["eventId"]: (400, "nesting_too_deep"),
        sent[8]["eventId"]: (413, "body_too_large"),
    }
    assert_stored_bit_for_bit(client, [one for one in sent if one["eventId"] not in told])


def test_an_api_that_is_killed_on_the_way_costs_nothing(journal: Journal) -> None:
    sent = [own(number) for number in range(500)]

    def computed() -> Iterator[dict[str, Any]]:
        for number, one in enumerate(sent):
            if number == 200:
                pathlib.Path(os.environ["GPU_KILL_FILE"]).touch()
            yield one

    with Client(os.environ["GPU_API_URL"], os.environ["GPU_API_KEY"], journal=journal, first_wait_s=0.1) as client:
        report = client.send_many(computed(), progress=False)
        assert sorted(report.ids) == sorted(journal.acknowledged) == sorted(ids_of(sent))
        client.wait_stored(ids_of(sent), progress=False)
        assert_stored_bit_for_bit(client, sent[::10])
