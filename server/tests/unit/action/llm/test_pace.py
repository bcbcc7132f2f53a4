"""Pace: shipping rests while a worker needs the cores, and only then."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast_server.action.llm.pace import LOOK_S, REST_S_MAX, SHARE, WORK_S, Pace, Use, read_use
from holdfast_server.action.llm.slots import take_slots

CORES = os.cpu_count() or 1


class Machine:
    """A time that passes only in rests, and cores that are used meanwhile as they are told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.worker, self.taken = 1.0, 1.0
        """What a worker wants of a core, and how much of all cores is taken."""
        self.ends_after = float("inf")
        self._wanted = self._taken = 0.0

    def use(self) -> Use | None:
        return Use(self._wanted, self._taken, self.now * CORES)

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        self._wanted += self.worker * seconds
        self._taken += self.taken * seconds * CORES
        return self.now >= self.ends_after

    def pace(self) -> Pace:
        return Pace(self.use, self.wait, lambda: self.now)


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_work_beside_a_busy_worker_is_a_small_share_of_the_time(machine: Machine) -> None:
    machine.pace().worked(WORK_S, pressed=False)
    assert machine.now == pytest.approx(WORK_S * (1 / SHARE - 1), abs=2 * LOOK_S)


def test_little_work_after_little_work_adds_up(machine: Machine) -> None:
    pace = machine.pace()
    pace.worked(WORK_S / 2, pressed=False)
    assert machine.now == 0
    pace.worked(WORK_S / 2, pressed=False)
    assert machine.now > WORK_S


def test_no_rest_is_so_long_that_the_server_hears_nothing(machine: Machine) -> None:
    machine.pace().worked(100 * WORK_S, pressed=False)
    assert machine.now <= REST_S_MAX + LOOK_S


@pytest.mark.parametrize(("worker", "taken"), [(0.1, 1.0), (1.0, 0.0)], ids=["idle worker", "free core"])
def test_where_nobody_is_in_the_way_one_look_is_enough(machine: Machine, worker: float, taken: float) -> None:
    machine.worker, machine.taken = worker, taken
    machine.pace().worked(WORK_S, pressed=False)
    assert machine.now == LOOK_S


@pytest.mark.skipif(CORES < 2, reason="there is no core beside the worker's")
def test_half_a_core_is_not_enough_for_storing_what_a_busy_worker_wrote(machine: Machine) -> None:
    machine.taken = (CORES - 0.5) / CORES
    machine.pace().worked(WORK_S, pressed=False)
    assert machine.now > WORK_S


def test_when_nothing_more_can_be_left_out_there_is_no_rest(machine: Machine) -> None:
    machine.pace().worked(WORK_S, pressed=True)
    assert machine.now == 0


def test_who_is_told_to_end_rests_no_longer(machine: Machine) -> None:
    machine.ends_after = 2 * LOOK_S
    machine.pace().worked(WORK_S, pressed=False)
    assert machine.now == machine.ends_after


def test_where_use_cannot_be_known_there_is_no_rest(machine: Machine) -> None:
    Pace(lambda: None, machine.wait, lambda: machine.now).worked(WORK_S, pressed=False)
    assert machine.now == LOOK_S


@pytest.fixture
def worked_folder(tmp_path: Path) -> Iterator[Path]:
    (slot,) = take_slots(tmp_path, 1)
    slot.note(os.getpid())
    yield slot.folder
    slot.close()


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="the kernel keeps no account")
def test_what_is_used_is_read_from_the_kernel(worked_folder: Path) -> None:
    before = read_use([worked_folder])
    sum(number * number for number in range(3_000_000))
    now = read_use([worked_folder])
    assert before is not None
    assert now is not None
    assert now.wanted_s > before.wanted_s
    assert now.all_s >= now.taken_s > 0
