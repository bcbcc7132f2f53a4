"""What a session remembers for the detectors; they themselves stand in `holdfast.decision.detectors`."""

from holdfast.decision.detectors.track import COUNTED, MOVES, REMEMBERED_MAX, Track
from holdfast.decision.detectors.turns import Turns

__all__ = ["COUNTED", "MOVES", "REMEMBERED_MAX", "Track", "Turns"]
