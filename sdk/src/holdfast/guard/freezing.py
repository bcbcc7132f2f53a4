"""What those behind a run can reach, kept as it was when they handed over: it will never be more."""

from __future__ import annotations

from holdfast.decision import Bundle
from holdfast.guard.handed import Handed
from holdfast.guard.run import Run


def freeze(bundle: Bundle, run: Run, above: Run | None, handed: Handed | None) -> None:
    """Keep what those behind a run can reach now.

    Args:
        bundle: the rules in force.
        run: the run that begins.
        above: the run that it is begun in.
        handed: what came with it from another process.
    """
    behind = above.chain if above else handed.chain if handed else ()
    if not behind:
        return
    live = run.session
    with live.lock:
        frozen = live.state.frozen
        so_far = frozen.get(above.id, ()) if above else handed.authority if handed else ()
        authority = bundle.terms.directory.freeze(behind, above=so_far)
        if authority:
            frozen[run.id] = authority
