"""What becomes of an embedding and its fields before they are sent."""

from __future__ import annotations

import base64
import json
import re
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
    Journal,
    event_id,
    new_record,
    pack,
    unpack,
)

#: Some of its functions have no types in the numpy of Python 3.9.
MASKED: Any = np.ma
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
        (np.array([1], dtype="timedelta64[s]"), "/embedding"),
        (np.array([1.0, 2.0], dtype=object), "/embedding"),
        (np.array([(1.0, 2)], dtype=[("a", "f4"), ("b", "i4")]), "/embedding"),
        (np.array([b"1234"], dtype="V4"), "/embedding"),
        (np.array([1 + 2j]), "/embedding"),
        (MASKED.masked, "/embedding"),
        (MASKED.array([1.0, 2.0, 3.0], mask=[False, True, True]), "/embedding/1"),
        (MASKED.masked_invalid([1.0, float("nan")]), "/embedding/1"),
        (MASKED.array([1, 2], mask=True), "/embedding/0"),
        (iter([1.0]), "/embedding"),
        ({1.0}, "/embedding"),
    ],
)
def test_what_is_no_vector_of_finite_numbers_is_refused_by_name(given: Any, pointer: str) -> None:
    with pytest.raises(InvalidRecordError) as refused:
        pack(given)
    assert refused.value.pointer == pointer


def test_a_masked_array_without_a_masked_value_is_a_vector() -> None:
    assert np.array_equal(unpack(pack(MASKED.array(VALUES))), np.array(VALUES, dtype=np.float32))
    assert pack(MASKED.array(VALUES, mask=False)) == pack(VALUES)


@pytest.mark.parametrize(
    "error",
    [
        TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first."),
        RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."),
        TypeError("Got unsupported ScalarType BFloat16"),
        NotImplementedError("Cannot copy out of meta tensor; no data!"),
        BufferError("an array of an application's own"),
    ],
)
def test_a_tensor_that_numpy_cannot_read_is_refused_with_the_words_of_its_library(error: Exception) -> None:
    class Tensor:
        def __array__(self, *_args: Any, **_more: Any) -> Any:
            raise error

    with pytest.raises(InvalidRecordError, match=re.escape(str(error))) as refused:
        pack(Tensor())  # type: ignore[arg-type]
    assert refused.value.pointer == "/embedding"


@pytest.mark.parametrize(
    "packed",
    [{}, {"data": None}, {"data": "%%%"}, {"data": "AAAAAAA="}, {"data": "ü"}, {"data": 5}, [], None, "text"],
)
def test_what_is_no_packed_embedding_is_told_as_that(packed: Any) -> None:
    with pytest.raises(InvalidRecordError, match="is no packed embedding"):
        unpack(packed)


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


def read_from_a_folder(raw: bytes) -> str:
    """A file's name as os.listdir gives it on Linux."""
    return raw.decode("utf-8", "surrogateescape")


def test_a_file_name_that_is_no_utf_8_is_readable_and_keeps_its_identity(
    api: ScriptedApi, client_of: Callable[..., Client]
) -> None:
    names = [read_from_a_folder(raw) for raw in (b"caf\xe9.jpg", b"caf\xe8.jpg", "caf\ufffd.jpg".encode())]
    sent = [new_record("m", [1.0], GPU, data=b"pixels", name=name, uri=f"file:///{name}") for name in names]
    client_of(api).send_many(sent, progress=False)
    assert [one["source"]["name"] for one in api.requests[0].records()] == ["caf\ufffd.jpg"] * 3
    assert [one["source"]["uri"] for one in api.requests[0].records()] == ["file:///caf\ufffd.jpg"] * 3
    assert len(set(api.requests[0].ids())) == 3


def test_the_identity_of_such_a_name_is_of_its_bytes_and_never_changes() -> None:
    # UUIDv5 of the namespace and: ["m", "caf\xe9.jpg", "SHA-256 of the data"], with the one byte E9.
    assert event_id("m", read_from_a_folder(b"caf\xe9.jpg"), b"pixels") == "53b3a7e5-827e-54cd-882a-05fe51aaf828"


@pytest.mark.parametrize("name", ["\ud800.jpg", "\ud800\udce9.jpg"])
def test_half_a_character_of_windows_is_readable_too(name: str) -> None:
    named = new_record("m", [1.0], GPU, data=b"", name=name)
    assert named["source"]["name"].endswith("\ufffd.jpg")
    assert named["eventId"] != new_record("m", [1.0], GPU, data=b"", name=named["source"]["name"])["eventId"]


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
        {"note": np.datetime64("2026-11-21", "ns")},
        {"note": np.timedelta64(1, "s")},
        {"note": np.longdouble(0.5)},
        {"note": np.array(1)},
        {"note": MASKED.masked},
        {"note": 1j},
        {"\ud800": 1},
    ],
)
def test_what_json_cannot_carry_is_refused_before_it_is_sent(
    api: ScriptedApi, client_of: Callable[..., Client], attributes: Any
) -> None:
    with pytest.raises(InvalidRecordError):
        client_of(api).send(record(attributes=attributes))
    assert api.requests == []


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"attributes": {"torch/seed": 2**63 - 1}}, "/attributes/torch~1seed"),
        ({"attributes": {"a~b": -(2**53) - 1}}, "/attributes/a~0b"),
        ({"attributes": {"seed": 2**60}}, "/attributes/seed"),
        ({"attributes": {"seed": 10**21}}, "/attributes/seed"),
        ({"attributes": {"seed": 10**5000}}, "/attributes/seed"),
        ({"attributes": {"seed": np.uint64(2**64 - 1)}}, "/attributes/seed"),
        ({"attributes": {"seed": np.int64(2**62 + 1)}}, "/attributes/seed"),
        ({"attributes": {"deep": [{"seed": 2**53 + 1}]}}, "/attributes/deep/0/seed"),
        ({"gpu": {"deviceName": "cpu", "totalMemoryBytes": 2**63 - 1}}, "/gpu/totalMemoryBytes"),
        ({"tags": [2**53 + 1]}, "/tags/0"),
        ({"requestId": 12345678901234567891}, "/requestId"),
    ],
)
def test_an_integer_that_javascript_would_change_is_refused_before_it_is_sent(
    api: ScriptedApi, client_of: Callable[..., Client], more: dict[str, Any], pointer: str
) -> None:
    client = client_of(api)
    for call in (client.send, lambda one: client.send_many([one], progress=False)):
        with pytest.raises(InvalidRecordError, match="send it as a string") as refused:
            call(record(**more))
        assert refused.value.pointer == pointer
    assert api.requests == []


def test_integers_that_javascript_prints_as_they_are_are_sent(
    api: ScriptedApi, client_of: Callable[..., Client]
) -> None:
    values = [0, -1, True, 2**53, -(2**53), 2**53 + 2, 10**17, 10**20, -(10**20), 999999999999999900000]
    for one in (record(attributes={"values": values}), record(attributes={"values": [str(2**63)], "f": 1e300})):
        client_of(api).send_many([one], progress=False)
        assert api.requests[-1].records()[0]["attributes"] == one["attributes"]


def test_an_integer_that_javascript_would_change_is_refused_in_a_search_and_a_journal(
    api: ScriptedApi, client_of: Callable[..., Client], journal: Journal
) -> None:
    for call in (
        lambda: client_of(api).search([1.0], 2**60),
        lambda: client_of(api).search([1.0], 5, {"model": 2**53 + 1}),
        lambda: journal.note_computed([record(attributes={"seed": 2**60})]),
    ):
        with pytest.raises(InvalidRecordError, match="send it as a string"):
            call()
    assert (api.requests, list(journal.pending())) == ([], [])


def test_optional_fields_that_are_none_are_taken(api: ScriptedApi, client_of: Callable[..., Client]) -> None:
    sent = new_record("m", [1.0], GPU, data=b"", name="n", uri=None, tags=None, attributes=None)  # type: ignore[arg-type]
    client_of(api).send({**sent, "source": None, "tags": None, "gpu": {**GPU, "hipVersion": None}})
    assert (api.requests[0].records()[0]["source"], sent["tags"]) == (None, [])


@pytest.mark.parametrize("name", ["eval/loss", "model.type", "test acc", "a:b-c", "$lr", "n" * 128])
def test_names_of_attributes_are_the_apis_to_judge(
    api: ScriptedApi, client_of: Callable[..., Client], name: str
) -> None:
    client_of(api).send(record(attributes={name: 1}))
    assert api.requests[0].records()[0]["attributes"] == {name: 1}


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
