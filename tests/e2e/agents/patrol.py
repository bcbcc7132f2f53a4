"""An agent that never stops by itself: it looks at one thing after another until somebody halts it."""

import time

import holdfast

guard = holdfast.init(data=".holdfast-patrol")


@holdfast.tool(effect="read", reversible=True, labels=())
def look_at(place: int) -> str:
    """Look at one place."""
    return f"all is well at {place}"


@holdfast.agent("patrol", owner="night-shift")
def patrol() -> None:
    """Look at place after place, for two minutes at the longest."""
    for place in range(1200):
        look_at(place)
        print(place, flush=True)
        time.sleep(0.1)


try:
    patrol()
except holdfast.Halted as halted:
    print(f"halted: {halted.message}", flush=True)
finally:
    holdfast.shutdown()
