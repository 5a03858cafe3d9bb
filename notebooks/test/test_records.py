"""What becomes of an embedding and its fields before they are sent."""

from __future__ import annotations

import base64
import json
import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable

import numpy as np
import pytest
from records import GPU, record
from scripted_api import ScriptedApi

from gpu_metadata_client import (
    Client,
    InvalidRecordError,
    event_id,
    new_record,
    pack,
    unpack,
)

VALUES = [0.5, -1.0, 2.0, 0.0]


@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "<f8", ">f8", "g", "i1", "u1", "<i2", ">i4", "<i8", ">u8"])
def test_vectors_of_every_real_type_are_packed_as_little_endian_float32(dtype: str) -> None:
    values = np.array([0, 1, 2, 100], dtype=dtype)
    packed = pack(values)
    assert packed["dimension"] == 4
    assert base64.b64decode(packed["data"]) == np.array([0, 1, 2, 100], dtype="<f4").tobytes()


@pytest.mark.parametrize("given", [VALUES, tuple(VALUES), np.array(VALUES), np.repeat(VALUES, 2)[::2]])
def test_lists_tuples_and_strided_arrays_are_the_same_vector(given: Any) -> None:
    assert np.array_equal(unpack(pack(given)), np.array(VALUES, dtype=np.float32))


def test_what_is_packed_already_stays_as_it_is() -> None:
    assert pack(pack(VALUES)) == pack(VALUES)


def test_minus_zero_is_sent_as_zero() -> None:
    assert not np.signbit(unpack(pack([-0.0]))[0])


def test_the_largest_vector_of_the_contract_is_taken_and_one_more_value_is_not() -> None:
    assert pack(np.zeros(8192))["dimension"] == 8192
    with pytest.raises(InvalidRecordError, match="8193"):
        pack(np.zeros(8193))


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ([1.0, float("nan")], "/embedding/1"),
        ([1.0, 2.0, float("-inf")], "/embedding/2"),
        ([1e39], "/embedding/0"),
        ([], "/embedding"),
        (3.0, "/embedding"),
        (None, "/embedding"),
        ([[1.0, 2.0]], "/embedding"),
        ([[1.0], [2.0, 3.0]], "/embedding"),
        ([True, False], "/embedding"),
        (["1.0"], "/embedding"),
        ([1.0, None], "/embedding"),
        ([1j], "/embedding"),
        ("text", "/embedding"),
        (np.array(["2026-11-21"], dtype="datetime64[s]"), "/embedding"),
    ],
)
def test_what_is_no_vector_of_finite_numbers_is_refused_by_name(given: Any, pointer: str) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        pack(given)
    assert refused.value.pointer == pointer


def test_a_tensor_that_numpy_cannot_read_is_refused_by_name() -> None:
    class OnTheGpu:
        def __array__(self, *_args: Any, **_more: Any) -> Any:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")

    with pytest.raises(InvalidRecordError, match="cuda:0"):
        pack(OnTheGpu())  # type: ignore[arg-type]


def test_the_id_follows_the_input_and_neither_the_embedding_nor_the_hardware() -> None:
    one = new_record("m", [1.0], GPU, data=b"pixels", name="cat.jpg")
    other = new_record("m", [1.1], {"deviceName": "Tesla T4"}, data=b"pixels", name="cat.jpg")
    assert one["eventId"] == other["eventId"] == event_id("m", "cat.jpg", b"pixels")
    assert uuid.UUID(one["eventId"]).version == 5


def test_another_model_name_or_content_is_another_event() -> None:
    ids = {event_id(*of) for of in [("m", "n", b"d"), ("M", "n", b"d"), ("m", "N", b"d"), ("m", "n", b"D")]}
    assert len(ids) == 4


def test_the_ids_of_release_one_never_change() -> None:
    assert event_id("resnet50", "katze ü.jpg", b"\x00\xff") == "c9978b9c-8a10-5348-aad7-82cc95a0249c"


def test_times_are_written_in_utc_with_milliseconds() -> None:
    summer = timezone(timedelta(hours=2))
    taken = new_record("m", [1.0], GPU, data=b"", name="n", captured_at=datetime(2026, 7, 1, 12, tzinfo=summer))
    assert taken["capturedAt"] == "2026-07-01T10:00:00.000Z"


def test_a_time_without_a_zone_is_refused_by_name(api: ScriptedApi, client_of: Callable[..., Client]) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        client_of(api).send(record(capturedAt=datetime(2026, 7, 1)))
    assert refused.value.pointer == "/capturedAt"


@pytest.mark.parametrize(
    "attributes",
    [
        {"note": "\ud800"},
        {"note": float("nan")},
        {"note": np.float32("nan")},
        {"note": object()},
        {"note": b"bytes"},
        {("a", "b"): 1},
        {"note": datetime.min.replace(tzinfo=timezone(timedelta(hours=14)))},
    ],
)
def test_what_json_cannot_carry_is_refused_before_it_is_sent(
    api: ScriptedApi, client_of: Callable[..., Client], attributes: Any
) -> None:
    with pytest.raises(InvalidRecordError):
        client_of(api).send(record(attributes=attributes))
    assert api.requests == []


def test_nesting_without_an_end_is_refused_before_it_is_sent(
    api: ScriptedApi, client_of: Callable[..., Client]
) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidRecordError):
        client_of(api).send(record(attributes={"deep": deep}))
    while deep:
        deep = deep.pop()


def test_numpy_values_are_written_as_plain_ones(api: ScriptedApi, client_of: Callable[..., Client]) -> None:
    values = {"a": np.float64(0.5), "b": np.int64(7), "c": np.bool_(True), "d": np.str_("x"), "e": np.float32(0.5)}
    client_of(api, compression="none").send_many([record(attributes=values)], progress=False)
    sent = json.loads(api.requests[0].body)
    assert sent["attributes"] == {"a": 0.5, "b": 7, "c": True, "d": "x", "e": 0.5}


@pytest.mark.parametrize("given", [{}, {"eventId": None}])
def test_a_record_without_an_id_gets_one_before_it_leaves(
    api: ScriptedApi, client_of: Callable[..., Client], given: dict[str, Any]
) -> None:
    fields = {**record(), **given}
    if not given:
        del fields["eventId"]
    receipt = client_of(api).send(fields)
    assert uuid.UUID(receipt.event_id).version == 4
    assert api.ids() == [[receipt.event_id]]


def test_an_id_is_sent_in_lower_case_as_the_api_names_it(api: ScriptedApi, client_of: Callable[..., Client]) -> None:
    given = uuid.uuid4()
    client = client_of(api)
    assert client.send(record(eventId=str(given).upper())).event_id == str(given)
    assert client.send(record(eventId=given)).event_id == str(given)


def test_what_is_no_mapping_is_no_record(api: ScriptedApi, client_of: Callable[..., Client]) -> None:
    with pytest.raises(InvalidRecordError):
        client_of(api).send([1, 2])  # type: ignore[arg-type]
