"""Many records, and what the answers say of each."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from records import ids_of, record, records
from scripted_api import ScriptedApi, answers, closes_after, page, results, says, stops_halfway, unless_it_carries

from gpu_metadata_client import (
    ApiConnectionError,
    Client,
    InvalidRecordError,
    Journal,
    RecordsRefusedError,
    RefusedError,
    UnavailableError,
)

ClientOf = Callable[..., Client]


def sizes(api: ScriptedApi) -> list[int]:
    return [len(ids) for ids in api.ids()]


def test_records_go_in_batches_and_are_reported(api: ScriptedApi, client_of: ClientOf) -> None:
    report = client_of(api).send_many(records(600), progress=False)
    assert sizes(api) == [250, 250, 100]
    assert report.ids == report.acknowledged == ids_of(records(600))
    assert api.connections == 1


def test_a_batch_of_large_records_is_cut_by_its_bytes(api: ScriptedApi, client_of: ClientOf) -> None:
    client_of(api).send_many(records(130, dimension=8192), progress=False)
    assert [size < 100 for size in sizes(api)] == [True, True]


def test_nothing_is_sent_where_there_is_nothing(api: ScriptedApi, client_of: ClientOf) -> None:
    assert client_of(api).send_many([], progress=False).ids == []
    assert api.requests == []


@pytest.mark.parametrize("compression", ["auto", "zstd", "gzip", "none"])
def test_every_compression_brings_the_same_records(api: ScriptedApi, client_of: ClientOf, compression: str) -> None:
    client_of(api, compression=compression).send_many(records(3), progress=False)
    assert [one["embedding"] for one in api.requests[0].records()] == [one["embedding"] for one in records(3)]


@pytest.mark.parametrize("compression", ["zstd", "gzip"])
def test_what_would_expand_like_a_bomb_is_sent_as_it_is(
    api: ScriptedApi, client_of: ClientOf, compression: str
) -> None:
    empty = [record(number, embedding=[0.0] * 8192) for number in range(100)]
    client_of(api, compression=compression).send_many(empty, progress=False)
    headers = api.requests[0].headers
    assert "content-encoding" not in headers or int(headers["content-length"]) * 500 > 100 * 43_692


def test_mixed_results_send_again_what_may_pass_and_refuse_the_rest(api: ScriptedApi, client_of: ClientOf) -> None:
    fault = {"status": 422, "code": "invalid_metadata", "errors": [{"pointer": "/model", "message": "is missing"}]}
    api.then(results(202, {"status": 429, "retryAfter": 0}, 503, fault, 202))
    with pytest.raises(RecordsRefusedError, match="/model is missing") as refused:
        client_of(api).send_many(records(5), progress=False)
    ids = ids_of(records(5))
    assert api.ids()[1:] == [ids[1:3]]
    assert [(one.event_id, one.status) for one in refused.value.report.refused] == [(ids[3], 422)]
    assert refused.value.report.acknowledged == [ids[0], ids[4], ids[1], ids[2]]


def test_the_longest_wait_of_the_results_counts(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(results(202, {"status": 429, "retryAfter": 3600}, {"status": 503, "retryAfter": 1}))
    with pytest.raises(UnavailableError, match="asks to wait 3600 s"):
        client_of(api).send_many(records(3), progress=False)


def test_a_record_that_is_too_large_in_company_is_asked_alone(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(results(202, 413, 202), answers(413, "body_too_large"))
    with pytest.raises(RecordsRefusedError) as refused:
        client_of(api).send_many(records(3), progress=False)
    assert sizes(api) == [3, 1]
    assert [one.event_id for one in refused.value.report.refused] == [record(1)["eventId"]]


def test_a_batch_that_ends_at_too_many_bytes_refuses_no_record(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(results(202, 202, 413))
    assert client_of(api).send_many(records(6), progress=False).ids == ids_of(records(6))
    assert sizes(api) == [6, 1, 3]


@pytest.mark.parametrize("refusal", [answers(413, "batch_too_long"), page(413)])
def test_an_api_or_a_proxy_that_takes_less_at_once_gets_less_from_then_on(
    api: ScriptedApi, client_of: ClientOf, refusal: Any
) -> None:
    api.then(refusal, refusal)
    client_of(api).send_many(records(400), progress=False)
    assert sizes(api)[:4] == [250, 125, 62, 62]
    assert max(sizes(api)[2:]) == 62


def test_the_one_record_that_nests_too_deep_is_found_and_the_others_are_sent(
    api: ScriptedApi, client_of: ClientOf
) -> None:
    api.then(*[unless_it_carries(record(1)["eventId"], answers(400, "nesting_too_deep"))] * 20)
    with pytest.raises(RecordsRefusedError) as refused:
        client_of(api).send_many(records(4), progress=False)
    assert [one.event_id for one in refused.value.report.refused] == [record(1)["eventId"]]
    assert len(refused.value.report.acknowledged) == 3


def test_a_fault_that_ends_the_batch_behind_others_is_that_records_own(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(results(202, {"status": 400, "code": "nesting_too_deep"}))
    with pytest.raises(RecordsRefusedError) as refused:
        client_of(api).send_many(records(4), progress=False)
    assert [one.event_id for one in refused.value.report.refused] == [record(1)["eventId"]]
    assert sizes(api) == [4, 2]


def test_any_other_refusal_of_a_whole_batch_ends_the_run(api: ScriptedApi, client_of: ClientOf) -> None:
    for status in (400, 403, 415):
        api.then(answers(status, "some_code"))
        with pytest.raises(RefusedError, match=f"{status} some_code"):
            client_of(api).send_many(records(4), progress=False)


def test_records_that_the_answer_leaves_out_are_sent_again(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(results(202, {"status": 408, "code": "request_timeout"}))
    assert client_of(api).send_many(records(4), progress=False).ids == ids_of(records(4))
    assert api.ids()[1] == ids_of(records(4))[1:]


@pytest.mark.parametrize(
    "body",
    [{}, {"results": None}, {"results": "x"}, {"results": [7, None]}, {"results": [{"index": 0, "status": "ok"}]}],
)
def test_an_answer_that_settles_nothing_is_asked_again_until_the_deadline(
    api: ScriptedApi, client_of: ClientOf, body: Any
) -> None:
    api.then(says(202, body))
    assert len(client_of(api).send_many(records(2), progress=False).ids) == 2
    api.then(*[says(202, body)] * 1000)
    with pytest.raises(UnavailableError, match="settles none"):
        client_of(api).send_many(records(2), progress=False, deadline_s=0.1)


def test_a_result_without_a_receipt_is_no_acknowledgement(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    api.then(says(202, {"results": [{"index": 0, "status": 202}]}))
    with pytest.raises(ApiConnectionError):
        client_of(api, journal=journal).send_many(records(1), progress=False)
    assert journal.acknowledged == []


def test_half_an_answer_is_none(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(stops_halfway)
    client_of(api).send_many(records(2), progress=False)
    assert sizes(api) == [2, 2]


def test_a_connection_that_closed_while_it_was_kept_is_no_failure(api: ScriptedApi, client_of: ClientOf) -> None:
    api.then(*[closes_after(results(*[202] * 250))] * 3)
    client_of(api, deadline_s=0.0).send_many(records(750), progress=False)
    assert (sizes(api), api.connections) == ([250] * 3, 3)


def test_a_rerun_sends_only_the_rest(api: ScriptedApi, client_of: ClientOf, journal: Journal) -> None:
    api.then(results(202, 503, 202), answers(503, Retry_After="3600"))
    with pytest.raises(UnavailableError):
        client_of(api, journal=journal).send_many(records(3), progress=False)
    report = client_of(api, journal=journal).send_many(records(3), progress=False)
    ids = ids_of(records(3))
    assert (report.skipped, report.acknowledged) == ([ids[0], ids[2]], [ids[1]])
    assert api.ids()[-1] == [ids[1]]


def test_what_was_computed_before_the_computation_failed_is_in_the_journal(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    def computed() -> Iterator[dict[str, Any]]:
        yield from records(3)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        client_of(api, journal=journal).send_many(computed(), progress=False)
    assert [one["eventId"] for one in journal.pending()] == ids_of(records(3))
    client_of(api, journal=journal).send_many(journal.pending(), progress=False)
    assert journal.acknowledged == ids_of(records(3))


def test_a_record_that_cannot_be_sent_ends_the_run_and_costs_no_other(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    with pytest.raises(InvalidRecordError):
        client_of(api, journal=journal).send_many([record(0), record(1, embedding=[])], progress=False)
    assert [one["eventId"] for one in journal.pending()] == [record(0)["eventId"]]


def test_the_same_record_twice_is_sent_once_where_a_journal_tells(
    api: ScriptedApi, client_of: ClientOf, journal: Journal
) -> None:
    client_of(api, journal=journal).send_many([*records(251), record(3)], progress=False)
    assert sizes(api) == [250, 1]


def test_progress_is_told_with_and_without_tqdm(
    api: ScriptedApi, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    client_of(api).send_many(records(2))
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    client_of(api).send_many(iter(records(2)), total=2)
    assert "2 of 2 records sent" in capsys.readouterr().err
