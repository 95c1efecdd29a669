"""Workers on processors of their own."""

from __future__ import annotations

import multiprocessing
import os
import sys
from uuid import uuid4

import pytest

from leadintake.entrypoints.server.processors import claim_processor, processors_before_claim

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux keeps a process on a processor")


CLAIMS = f"leadintake-test-{uuid4()}"
"""Of our own: the servers of other tests come and go meanwhile."""


def claimed(number_of_processes: int) -> list[tuple[int | None, set[int], frozenset[int]]]:
    """Return what each of so many processes, all alive at once, was given, where it may run then, and might before."""
    spawn = multiprocessing.get_context("spawn")
    answers, end = spawn.Queue(), spawn.Event()
    processes = [
        spawn.Process(target=_claim, args=(answers, end, CLAIMS), daemon=True) for _ in range(number_of_processes)
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=60) for _ in processes]
    end.set()
    for process in processes:
        process.join(60)
    return found


def _claim(
    answers: multiprocessing.Queue[tuple[int | None, set[int], frozenset[int]]],
    end: multiprocessing.synchronize.Event,
    claims: str,
) -> None:
    answers.put((claim_processor(claims=claims), os.sched_getaffinity(0), processors_before_claim()))
    end.wait(60)


def test_no_two_processes_keep_to_the_same_processor_and_the_rest_run_anywhere() -> None:
    """Two on one processor would share it while another one idles."""
    everywhere = os.sched_getaffinity(0)

    found = claimed(len(everywhere) + 1)

    numbers = [number for number, *_ in found if number is not None]
    assert sorted(numbers) == sorted(everywhere)
    assert all(
        (places, set(before)) == (({number}, everywhere) if number is not None else (everywhere, set()))
        for number, places, before in found
    )


def test_processor_is_free_again_when_its_process_has_ended() -> None:
    """A worker that was killed is replaced; its successor must find a place."""
    before = {number for number, *_ in claimed(1)}

    assert {number for number, *_ in claimed(1)} == before
