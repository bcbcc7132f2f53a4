from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from holdfast.cli.group import holdfast
from holdfast.record.ledger import open_ledger


@pytest.fixture
def data(empty_folder: Path) -> Path:
    ledger = open_ledger(empty_folder / ".holdfast", "a" * 16)
    for number in range(20):
        ledger.append(b'{"type":"decision","n":%d}' % number)
    ledger.close()
    return empty_folder / ".holdfast"


def verify(*said: str) -> Result:
    return CliRunner().invoke(holdfast, ["verify", *said])


def tamper(data: Path, old: bytes, new: bytes) -> None:
    [segment] = (data / "ledger" / ("a" * 16) / "segments").iterdir()
    segment.write_bytes(segment.read_bytes().replace(old, new))


def test_a_ledger_that_holds_is_a_success(data: Path) -> None:
    done = verify(str(data))
    assert done.exit_code == 0
    assert "20 records, 20 of them signed" in done.stdout
    assert json.loads(verify(str(data), "--json").stdout)["ok"] is True


def test_a_changed_record_is_named_and_fails(data: Path) -> None:
    tamper(data, b'"n":7}', b'"n":8}')
    done = verify(str(data))
    assert done.exit_code == 1
    assert "first bad record: 7" in done.stdout
    told = json.loads(verify(str(data), "--json").stdout)
    assert (told["ok"], told["bad_index"]) == (False, 7)


def test_another_key_than_the_trusted_one_fails(data: Path, empty_folder: Path) -> None:
    other = open_ledger(empty_folder / "other", "b" * 16)
    other.close()
    log = data / "ledger" / ("a" * 16)
    assert verify(str(log), "--key", str(log / "key.pub")).exit_code == 0
    foreign = empty_folder / "other" / "ledger" / ("b" * 16) / "key.pub"
    assert verify(str(log), "--key", str(foreign)).exit_code == 1


@pytest.mark.parametrize("said", [("nowhere",), (".",)])
def test_nothing_to_verify_is_bad_input(said: tuple[str, ...]) -> None:
    assert verify(*said).exit_code == 2


def test_a_key_that_cannot_be_read_is_bad_input(data: Path) -> None:
    done = verify(str(data), "--key", "no.pub")
    assert done.exit_code == 2
    assert "no.pub" in done.stderr
