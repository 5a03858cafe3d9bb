"""Runs that are interrupted and killed at any point."""

from __future__ import annotations

import collections
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from records import ids_of, records
from scripted_api import ScriptedApi

HERE = pathlib.Path(__file__).parent
RECORDS = 300


class Run:
    """The program of interrupted_run.py, which ends with 3 when it is about to send again what was acknowledged."""

    def __init__(self, api: ScriptedApi, folder: pathlib.Path) -> None:
        self.api = api
        self.journal = folder / "run.journal"
        self.log = folder / "computed.log"

    @contextlib.contextmanager
    def start(self) -> Iterator[subprocess.Popen[str]]:
        """Begins it, or goes on with it, and ends it."""
        arguments = [self.api.url, str(self.journal), str(self.log)]
        path = os.pathsep.join([str(HERE), str(HERE.parent)])
        program = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", str(HERE / "interrupted_run.py"), *arguments],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            text=True,
        )
        with program:
            assert program.stdout is not None
            assert program.stdout.readline() == "ready\n"
            yield program
            program.kill()

    def acknowledged(self) -> set[str]:
        """What the file says now."""
        whole = [line for line in self.journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        entries = [json.loads(line) for line in whole if line.startswith(b'{"acknowledged"')]
        return {entry["acknowledged"]["event_id"] for entry in entries}

    def times_computed(self) -> collections.Counter[str]:
        """How often each input was computed."""
        return collections.Counter(self.log.read_text().split())


@pytest.fixture
def run(api: ScriptedApi, tmp_path: pathlib.Path) -> Run:
    return Run(api, tmp_path)


def assert_is_complete(run: Run, deaths: int) -> None:
    everything = set(ids_of(records(RECORDS)))
    assert run.acknowledged() == everything
    assert {event_id for ids in run.api.ids() for event_id in ids} == everything
    # What was computed in the moment of a death, and nothing else, is computed again.
    assert sum(run.times_computed().values()) <= RECORDS + deaths


def test_interrupted_again_and_again_it_sends_everything_and_nothing_acknowledged_twice(run: Run) -> None:
    moments = random.Random(8)
    interrupts = 0
    with run.start() as program:
        while program.poll() is None:
            time.sleep(moments.uniform(0.0, 0.03))
            program.send_signal(signal.SIGINT)
            interrupts += 1
        assert program.stdout is not None
        interrupted = program.stdout.read().count("interrupted")
    assert program.returncode == 0
    assert interrupted > 0
    assert_is_complete(run, interrupts)


def test_killed_again_and_again_it_goes_on_with_the_rest(run: Run) -> None:
    moments = random.Random(9)
    kills = 0
    for _ in range(4):
        with run.start() as program:
            time.sleep(moments.uniform(0.0, 0.08))
            program.kill()
        assert program.returncode in (0, -signal.SIGKILL)
        kills += program.returncode == -signal.SIGKILL
    with run.start() as program:
        assert program.wait() == 0
    assert kills > 0
    assert_is_complete(run, kills)
