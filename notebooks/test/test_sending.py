"""One record at a time, and what is read back."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any, Callable

import numpy as np
import pytest
from records import record
from scripted_api import Behaviour, ScriptedApi, answers, hangs, page, says

from gpu_metadata_client import (
    ApiConnectionError,
    Client,
    Journal,
    NotStoredError,
    RefusedError,
    UnavailableError,
    pack,
    unpack,
)

ClientOf = Callable[..., Client]
NO_MODEL = [
    {"pointer": "/model", "code": "required", "message": "is missing"},
    {"pointer": "/gpu/deviceName", "code": "out_of_range", "message": "must be 1 to 128 characters"},
]


def test_a_record_is_sent_once_and_answered_with_its_place(api: ScriptedApi, client_of: ClientOf) -> None:
    receipt = client_of(api).send(record())
    assert (receipt.event_id, receipt.topic, receipt.offset) == (record()["eventId"], "gpu-metadata", "0")
    assert api.ids() == [[record()["eventId"]]]
    assert api.requests[0].headers["x-api-key"] == "gmk_test"
    assert api.requests[0].headers["ngrok-skip-browser-warning"] == "1"


def test_with_msgpack_the_vector_travels_as_bytes(api: ScriptedApi, client_of: ClientOf) -> None:
    client_of(api).send(record())
    (sent,) = api.requests[0].records()
    assert sent["embedding"] == unpack(record()["embedding"]).tobytes()


@pytest.mark.parametrize(
    "embedding",
    [
        {"encoding": "f32le-base64", "dimension": 3, "data": pack([1.0, 2.0])["data"]},
        {"encoding": "f64", "dimension": 2, "data": pack([1.0, 2.0])["data"]},
        {"encoding": "f32le-base64", "dimension": 1, "data": "%%%"},
        {"encoding": "f32le-base64", "dimension": 1, "data": "AAAAAAA="},
        {"encoding": "f32le-base64"},
    ],
)
def test_a_packed_vector_that_is_wrong_goes_to_the_api_as_it_is(
    api: ScriptedApi, client_of: ClientOf, embedding: dict[str, Any]
) -> None:
    client_of(api).send(record(embedding=embedding))
    assert api.requests[0].records()[0]["embedding"] == embedding


def test_a_whole_number_beyond_msgpack_goes_as_json(api: ScriptedApi, client_of: ClientOf) -> None:
    client_of(api).send(record(attributes={"big": 10**17, "small": 2**53}))
    assert api.requests[0].headers["content-type"] == "application/json"
    assert api.requests[0].records()[0]["attributes"] == {"big": 10**17, "small": 2**53}


def test_without_optional_modules_it_is_json_in_gzip(
    api: ScriptedApi, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("msgpack", "zstandard"):
        monkeypatch.setitem(sys.modules, module, None)
    client_of(api).send(record(dimension=512))
    assert api.requests[0].headers["content-encoding"] == "gzip"
    assert api.requests[0].records()[0]["embedding"] == record(dimension=512)["embedding"]


def test_a_compression_that_is_not_there_is_refused_at_once(
    api: ScriptedApi, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    for name in ("zstd", "brotli"):
        with pytest.raises(ValueError, match="compression"):
            client_of(api, compression=name)


def test_a_refused_record_names_every_field_and_is_not_sent_again(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(answers(422, "invalid_metadata", NO_MODEL))
    with pytest.raises(RefusedError) as refused:
        client_of(api).send(record())
    assert [fault.pointer for fault in refused.value.faults] == ["/model", "/gpu/deviceName"]
    assert "/model is missing; /gpu/deviceName must be" in str(refused.value)
    assert refused.value.event_id == record()["eventId"]
    assert len(api.requests) == 1


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 415, 431, 501])
def test_every_final_answer_is_told_with_its_code_and_not_repeated(
    api: ScriptedApi, client_of: ClientOf, status: int
) -> None:
    api.then(answers(status, "some_code"))
    with pytest.raises(RefusedError, match=f"{status} some_code: as told") as refused:
        client_of(api).send(record())
    assert (refused.value.status, refused.value.code, len(api.requests)) == (status, "some_code", 1)


def test_a_key_that_is_not_known_is_told_plainly(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(answers(401, "unauthorized"))
    with pytest.raises(ApiConnectionError, match="does not know this key"):
        client_of(api).send(record())


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again_with_the_same_id(api: ScriptedApi, client_of: ClientOf, status: int) -> None:
    api.then(answers(status), answers(status))
    client_of(api).send(record())
    assert api.ids() == [[record()["eventId"]]] * 3


PAST = datetime.now(timezone.utc) - timedelta(hours=1)


@pytest.mark.parametrize(
    "retry_after", ["0", " 0 ", format_datetime(PAST, usegmt=True), "soon", "\xb2", "-1", "Xxx, 99 Yyy"]
)
def test_a_wait_that_is_over_or_means_nothing_holds_nobody_up(
    api: ScriptedApi, client_of: ClientOf, retry_after: str
) -> None:
    api.then(answers(503, Retry_After=retry_after))
    client_of(api).send(record())
    assert len(api.requests) == 2


def test_the_api_is_not_asked_before_the_time_it_named(api: ScriptedApi, client_of: ClientOf) -> None:
    asked: list[float] = []

    def refuse(behaviour: Behaviour) -> Behaviour:
        def behave(handler: Any) -> None:
            asked.append(time.time())
            behaviour(handler)

        return behave

    at = datetime.fromtimestamp(int(time.time()) + 1, timezone.utc)
    api.then(refuse(answers(503, Retry_After=format_datetime(at, usegmt=True))), refuse(answers(500)))
    client_of(api).send(record())
    assert asked[1] >= at.timestamp()


@pytest.mark.parametrize("retry_after", ["3600", "9" * 400, format_datetime(PAST + timedelta(hours=2), usegmt=True)])
def test_a_wait_past_the_deadline_is_given_up_at_once(api: ScriptedApi, client_of: ClientOf, retry_after: str) -> None:
    api.then(answers(429, "rate_limited", Retry_After=retry_after))
    with pytest.raises(UnavailableError, match=r"rate_limited.* asks to wait"):
        client_of(api).send(record())
    assert len(api.requests) == 1


def test_the_deadline_ends_the_tries_and_says_why(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(*[answers(503, "broker_unavailable")] * 1000)
    with pytest.raises(UnavailableError, match="503 broker_unavailable"):
        client_of(api).send(record(), deadline_s=0.1)


def test_an_answer_that_never_comes_does_not_outlast_the_deadline(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(hangs)
    with pytest.raises(UnavailableError, match="did not answer in time"):
        client_of(api).send(record(), deadline_s=0.5)


def test_with_a_journal_an_acknowledged_record_is_not_sent_again(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    receipt = client_of(api, journal=journal).send(record())
    assert client_of(api, journal=journal).send(record()) == receipt
    assert len(api.requests) == 1


def test_a_refused_record_stays_in_the_journal_until_it_is_sent_mended(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    api.then(answers(422, "invalid_metadata", NO_MODEL))
    client = client_of(api, journal=journal)
    with pytest.raises(RefusedError):
        client.send(record(model=""))
    client.send(record(model="mended"))
    assert (journal.acknowledged, list(journal.pending())) == ([record()["eventId"]], [])


def stored_at(time_: str) -> Behaviour:
    return says(200, {"eventId": "a", "acceptedAt": time_})


def test_stored_leaves_out_what_is_not_there(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(answers(404, "not_found"))
    assert client_of(api).stored(["a"]) == {}
    api.then(stored_at("2026-11-21T05:39:39.000Z"))
    assert list(client_of(api).stored(["a/b c"])) == ["a/b c"]
    assert api.requests[-1].path == "/v1/metadata/a%2Fb%20c"


def test_waiting_ends_once_the_document_is_of_what_was_sent_now(api: ScriptedApi, client_of: ClientOf) -> None:
    client = client_of(api)
    sent = client.send(record()).event_id
    api.then(answers(404), stored_at("2026-11-21T05:39:38.999Z"), stored_at("2026-11-21T05:39:39.000Z"))
    client.wait_stored([sent, sent], progress=False)
    assert len(api.requests) == 4


def test_what_is_not_stored_in_time_is_named(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(*[answers(404)] * 100)
    with pytest.raises(NotStoredError, match="the worker is behind") as missing:
        client_of(api).wait_stored(["a", "b"], deadline_s=0.0, progress=False)
    assert missing.value.missing == ("a", "b")


def test_one_reader_that_fails_ends_the_others(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(page(200), *[answers(503)] * 500)
    with pytest.raises(ApiConnectionError):
        client_of(api).stored([str(number) for number in range(50)])


def test_find_follows_the_cursor_to_the_end(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(
        says(200, {"items": [{"a": 1}], "nextCursor": "c+/"}), says(200, {"items": [{"a": 2}], "nextCursor": None})
    )
    assert list(client_of(api).find(model="m", from_="2026-01-01T00:00:00+01:00")) == [{"a": 1}, {"a": 2}]
    assert api.requests[0].path == "/v1/metadata?model=m&from=2026-01-01T00%3A00%3A00%2B01%3A00&limit=200"
    assert api.requests[1].path.endswith("&cursor=c%2B%2F")


def test_a_filter_that_is_none_is_left_out(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(says(200, {"items": []}))
    assert list(client_of(api).find(model=None, tag="t")) == []
    assert api.requests[0].path == "/v1/metadata?tag=t&limit=200"


def test_search_sends_the_vector_packed(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(says(200, {"items": [{"score": 1}]}))
    assert client_of(api).search(np.ones(3), 5, {"model": "m"}) == [{"score": 1}]
    assert json.loads(api.requests[0].body) == {"embedding": pack([1, 1, 1]), "k": 5, "filter": {"model": "m"}}
