"""The journal, whatever happened to its file."""

from __future__ import annotations

import errno
import os
import pathlib
import resource
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any, Callable

import pytest
from records import ids_of, record, records

from gpu_metadata_client import InvalidRecordError, Journal, JournalError, Receipt


def receipt_of(event_id: str) -> Receipt:
    return Receipt(event_id, "gpu-metadata", 3, "12345678901234567890", "2026-11-21T05:39:39.000Z")


def test_what_was_noted_is_there_after_a_reopening(tmp_path: pathlib.Path) -> None:
    first, second, third = records(3)
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([first, second])
        journal.note_acknowledged([receipt_of(first["eventId"])])
    with Journal(tmp_path / "j") as journal:
        assert journal.acknowledged == [first["eventId"]]
        assert journal.receipt(first["eventId"]) == receipt_of(first["eventId"])
        assert journal.receipt(second["eventId"]) is None
        assert list(journal.pending()) == [second]
        assert [one["eventId"] in journal for one in (first, second, third)] == [True, True, False]
        assert "1 acknowledged, 1 to send" in repr(journal)


def test_a_record_is_written_once(journal: Journal) -> None:
    journal.note_computed([record()])
    size = journal.path.stat().st_size
    journal.note_computed([record()])
    assert journal.path.stat().st_size == size


def test_a_record_that_cannot_be_sent_is_not_noted(journal: Journal) -> None:
    with pytest.raises(InvalidRecordError):
        journal.note_computed([record(), record(1, attributes={"x": float("nan")})])
    assert list(journal.pending()) == []


def test_a_receipt_may_stand_without_its_record(tmp_path: pathlib.Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.note_acknowledged([receipt_of("a")])
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record(eventId="a")])
        assert (journal.acknowledged, list(journal.pending())) == (["a"], [])


def test_cut_at_any_byte_it_keeps_every_whole_line_and_can_be_written_on(tmp_path: pathlib.Path) -> None:
    one, two, three, later = ({"eventId": event_id, "model": "é"} for event_id in ("one", "two", "three", "later"))
    with Journal(tmp_path / "whole") as journal:
        journal.note_computed([one, two])
        journal.note_acknowledged([receipt_of("one")])
        journal.note_computed([three])
        journal.note_acknowledged([receipt_of("three")])
    whole = (tmp_path / "whole").read_bytes()
    for length in range(len(whole) + 1):
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:length])
        # A line is whole with or without its end.
        lines = whole[: length + 1].count(b"\n")
        acknowledged = ["one"] * (lines >= 4) + ["three"] * (lines >= 6)
        pending = [[], [], [one], [one, two], [two], [two, three], [two]][lines]
        with Journal(torn) as journal:
            assert (journal.acknowledged, list(journal.pending())) == (acknowledged, pending)
            journal.note_acknowledged([receipt_of("more")])
            journal.note_computed([later])
        with Journal(torn) as journal:
            assert (journal.acknowledged, list(journal.pending())) == ([*acknowledged, "more"], [*pending, later])
        torn.unlink()


@pytest.mark.parametrize(
    "damage",
    [
        b"\0" * 5000,
        b"\xff\xfe\xfa",
        b"[1]",
        b"7",
        b'"computed"',
        b'{"computed":{}}',
        b'{"computed":7}',
        b'{"acknowledged":{"event_id":"x"}}',
        b'{"acknowledged":{"event_id":[],"topic":"","partition":0,"offset":"","accepted_at":""}}',
        b"[" * 200_000,
    ],
)
def test_damaged_lines_are_told_and_cost_nothing_else(tmp_path: pathlib.Path, damage: bytes) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record(0)])
    with (tmp_path / "j").open("ab") as file:
        file.write(damage)
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record(1)])
    with Journal(tmp_path / "j") as journal:
        assert [one["eventId"] for one in journal.pending()] == ids_of(records(2))
        assert "1 damaged lines ignored" in repr(journal)


@pytest.mark.parametrize("content", ["name,size\ncat.jpg,3\n", "\n\n", '{"journal":"gpu-metadata","version":2}\n'])
def test_another_file_is_refused_and_left_as_it_is(tmp_path: pathlib.Path, content: str) -> None:
    (tmp_path / "other").write_text(content)
    (tmp_path / "other").chmod(0o644)
    with pytest.raises(JournalError, match="no journal"):
        Journal(tmp_path / "other")
    assert ((tmp_path / "other").read_text(), mode_of(tmp_path / "other")) == (content, 0o644)


@pytest.fixture
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode_of(path: pathlib.Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_its_user_may_read_it_whatever_the_umask(tmp_path: pathlib.Path, usual_umask: None) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record()])
    assert mode_of(tmp_path / "j") == 0o600


def test_an_earlier_one_that_others_could_read_is_taken_from_them(tmp_path: pathlib.Path) -> None:
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record()])
    (tmp_path / "j").chmod(0o644)
    with Journal(tmp_path / "j") as journal:
        assert [one["eventId"] for one in journal.pending()] == [record()["eventId"]]
    assert mode_of(tmp_path / "j") == 0o600


@pytest.mark.parametrize("is_there", [True, False])
def test_a_link_in_its_place_is_refused_and_leads_nowhere(tmp_path: pathlib.Path, is_there: bool) -> None:
    target = tmp_path / "target"
    if is_there:
        target.write_bytes(Journal._HEAD)
        target.chmod(0o644)
    (tmp_path / "j").symlink_to(target)
    with pytest.raises(JournalError, match="symbolic link"):
        Journal(tmp_path / "j")
    assert target.exists() is is_there
    if is_there:
        assert (target.read_bytes(), mode_of(target)) == (Journal._HEAD, 0o644)


def test_the_file_of_another_user_is_refused_and_left_as_it_is(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "j").write_bytes(Journal._HEAD + b'{"computed":{"eventId":"planted"}}\n')
    (tmp_path / "j").chmod(0o666)
    before = (tmp_path / "j").read_bytes()
    other = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: other)
    with pytest.raises(JournalError, match="belongs to another user"):
        Journal(tmp_path / "j")
    assert ((tmp_path / "j").read_bytes(), mode_of(tmp_path / "j")) == (before, 0o666)


def test_a_pipe_in_its_place_is_refused_at_once(tmp_path: pathlib.Path) -> None:
    os.mkfifo(tmp_path / "j")
    with pytest.raises(JournalError, match="is no file"):
        Journal(tmp_path / "j")


@pytest.mark.parametrize("code", [errno.EPERM, errno.ENOTSUP, errno.ENOSYS])
def test_a_mount_without_permissions_will_do(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    monkeypatch.setattr(os, "fchmod", refusal(code))
    with Journal(tmp_path / "j") as journal:
        journal.note_computed([record()])


def test_one_that_cannot_be_kept_private_is_refused(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fchmod", refusal(errno.EIO))
    with pytest.raises(JournalError, match="cannot be kept private"):
        Journal(tmp_path / "j")


def refusal(code: int) -> Callable[[int, int], None]:
    def refuse(_descriptor: int, _mode: int) -> None:
        raise OSError(code, os.strerror(code))

    return refuse


def test_a_place_that_cannot_be_written_is_told_plainly(tmp_path: pathlib.Path) -> None:
    for path in (tmp_path, tmp_path / "missing" / "j"):
        with pytest.raises(JournalError, match="cannot be opened"):
            Journal(path)


def test_a_disk_that_is_full_in_the_middle_of_a_line_is_told_plainly_and_costs_that_line(journal: Journal) -> None:
    journal.note_computed([record(0)])
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (journal.path.stat().st_size + 40, limits[1]))
    try:
        with pytest.raises(JournalError, match="cannot be written"):
            journal.note_computed([record(1)])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    journal.note_computed([record(2)])
    assert [one["eventId"] for one in journal.pending()] == [record(0)["eventId"], record(2)["eventId"]]


def open_elsewhere(path: pathlib.Path) -> str:
    """What another process meets that opens the journal."""
    code = f"import gpu_metadata_client as c; c.Journal({str(path)!r}); print('opened')"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )
    return run.stdout + run.stderr


def test_a_second_process_is_refused_while_the_first_lives(tmp_path: pathlib.Path) -> None:
    with Journal(tmp_path / "j"):
        assert "in use by another process" in open_elsewhere(tmp_path / "j")
    assert open_elsewhere(tmp_path / "j") == "opened\n"


def test_a_cell_may_open_it_twice_and_still_no_other_process_can(tmp_path: pathlib.Path) -> None:
    earlier = Journal(tmp_path / "j")
    with Journal(tmp_path / "j") as later:
        earlier.close()
        later.note_computed([record()])
        assert "in use by another process" in open_elsewhere(tmp_path / "j")


def test_two_of_one_process_see_what_the_other_wrote(tmp_path: pathlib.Path) -> None:
    with Journal(tmp_path / "j") as one, Journal(tmp_path / "j") as other:
        one.note_computed([record(0)])
        other.note_acknowledged([receipt_of(ids_of(records(1))[0])])
        other.note_computed([record(1)])
        one.note_computed([record(2)])
        for journal in (one, other):
            journal.note_acknowledged([receipt_of(f"of {journal is one}")])
        assert one.acknowledged == [ids_of(records(1))[0], "of True"]
        assert [a["eventId"] for a in other.pending()] == ids_of(records(3)[1:])


def test_several_threads_may_write_and_read_at_once(journal: Journal) -> None:
    faults: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for step in range(30):
                one = record(number * 100 + step)
                journal.note_computed([one])
                assert one["eventId"] in [a["eventId"] for a in journal.pending()]
                journal.note_acknowledged([receipt_of(one["eventId"])])
                assert journal.receipt(one["eventId"]) == receipt_of(one["eventId"])
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(journal.acknowledged) == 120


@pytest.mark.parametrize("at", ["write", "fsync"])
def test_an_interrupt_while_it_writes_leaves_what_is_known_right(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    real: Any = os.fsync

    class Interrupted:
        """The file, whose write is interrupted once it is done."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def write(self, text: bytes) -> int:
            self._file.write(text)
            raise KeyboardInterrupt

    def fsync(descriptor: int) -> None:
        real(descriptor)
        raise KeyboardInterrupt

    file = journal._file
    if at == "write":
        journal._file = Interrupted(file)  # type: ignore[assignment]
    else:
        monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(KeyboardInterrupt):
        journal.note_acknowledged([receipt_of("a")])
    journal._file = file
    assert journal.acknowledged == ["a"]
