"""A disk that is really full under a collector: told once, and nothing lost or doubled."""

import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from lib.collect import following, reading
from lib.core.model import SourceState
from lib.errors import StoreError
from tests.cloudlogging import Call
from tests.collecting import NOON, Lab, entry, open_lab

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
COUNT, PAGE, ROWS = 2_000, 250, 500  # four commits
DISK_BYTES = 24 * 1024**2
BLOCK = bytes(4096)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "blindspot", str(folder)]
    try:
        told = subprocess.run(mount, capture_output=True, text=True, check=False).stderr
    except FileNotFoundError:
        told = "there is no mount"
    if told:
        pytest.skip(f"no disk can be mounted here: {told.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def lab(disk: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(reading, "COMMIT_ROWS", ROWS)
    monkeypatch.setattr(following, "GIVE_UP", 3)
    with open_lab(disk / "home", page_size=PAGE) as lab:
        start = NOON - 50 * MINUTE
        texts = (f"request {n} failed {os.urandom(200).hex()}" for n in range(COUNT))
        lab.world.add(entry(n, start + n * SECOND, textPayload=text) for n, text in enumerate(texts))
        yield lab


def fill(disk: Path, room: int) -> None:
    """Fill a disk up, but for some room."""
    spare = disk / "spare"
    spare.write_bytes(bytes(room))
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(BLOCK):
                pass
        except OSError:
            pass
    spare.unlink()


def at_call(number: int, do: Callable[[], None]) -> Callable[[Call], None]:
    """Do something once, when so many calls have come."""
    waiting = [do]

    def script(call: Call) -> None:
        if call.number >= number and waiting:
            waiting.pop()()

    return script


def clear(disk: Path) -> None:
    (disk / "filler").unlink()


ROOM = {"full": 0, "nearly full": 60_000}  # in the second, calls can be counted and entries cannot be stored


@pytest.mark.parametrize("call", [2, 6])
@pytest.mark.parametrize("room", ROOM.values(), ids=ROOM.keys())
def test_a_single_collection_ends_with_one_error_and_the_next_one_is_whole(lab: Lab, disk: Path, room: int, call: int) -> None:
    lab.world.script = at_call(call, lambda: fill(disk, room))  # type: ignore[assignment]
    with pytest.raises(StoreError) as told:
        lab.collect()
    assert "free space" in told.value.hint
    clear(disk)
    before = lab.stored()
    assert len(before) == len(set(before))
    lab.collect()
    assert lab.stored() == [f"{n:08}" for n in range(COUNT)]


@pytest.mark.parametrize("room", ROOM.values(), ids=ROOM.keys())
def test_one_that_keeps_up_goes_on_when_there_is_room_again(lab: Lab, disk: Path, room: int) -> None:
    lab.world.script = at_call(5, lambda: fill(disk, room))  # type: ignore[assignment]
    seen = []

    def look() -> None:
        if lab.clock.true > NOON + 10 * MINUTE:
            seen.append(True)
            if len(seen) == 1:
                clear(disk)

    lab.clock.on_sleep = look
    one = lab.follow(NOON + 25 * MINUTE)
    assert seen
    assert one.record.state is SourceState.OK
    assert lab.stored() == [f"{n:08}" for n in range(COUNT)]
