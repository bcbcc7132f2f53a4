"""Go through a recorded run again: models and tools answer as they did, up to a fork."""

from holdfast.testing.replaying.replay import Replay, open_replay, replaying

__all__ = ["Replay", "open_replay", "replaying"]
