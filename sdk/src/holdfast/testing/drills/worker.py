"""The process in which one half of a drill plays, so that no patch leaks into the other half.

Run as `python -m holdfast.testing.drills.worker` with a `Stage` in JSON as the first line of standard input.
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from holdfast.errors import Halted
from holdfast.testing.drills.catalogue import DRILLS
from holdfast.testing.drills.drill import Stage
from holdfast.testing.drills.governing import governing
from holdfast.testing.drills.tether import tether
from holdfast.testing.drills.world import JOURNAL, World


def main() -> None:
    """Play the half that standard input describes, and write down how it ended."""
    stage = msgspec.json.decode(sys.stdin.buffer.readline(), type=Stage)
    tether()
    world = World(Path(stage.folder, JOURNAL))
    with governing(stage):
        world.happened("began")
        try:
            DRILLS[stage.drill].play(stage, world)
        except Halted as halted:
            world.happened("halted", text=str(halted))
        except Exception as error:  # noqa: BLE001  # how an agent fails is what the drill wants to know
            world.happened("failed", text=f"{type(error).__name__}: {error}")
        else:
            world.happened("finished")


if __name__ == "__main__":
    main()
