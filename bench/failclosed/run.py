"""Try every case here and at the peer, and print what became of each call that a rule forbids."""

from __future__ import annotations

import argparse
import json

from bench.decision.peer import NAME, VERSION
from bench.failclosed import ours, peer
from bench.failclosed.cases import CASES

CLOSED = (ours.DENIED, ours.AT_LOAD)


def main() -> int:
    """Print a table and JSON; exit 1 when a call that is forbidden ran here."""
    parser = argparse.ArgumentParser(prog="bench.failclosed", description=__doc__)
    parser.add_argument("--no-peer", action="store_true", help="leave the peer out")
    parser.add_argument("--json", action="store_true", help="JSON only")
    options = parser.parse_args()
    here = ours.results()
    there = {"skipped": "--no-peer"} if options.no_peer else peer.results()
    held = all(told in CLOSED for told in here.values())
    found = {"holdfast": here, "peer": there, "peer_name": f"{NAME} {VERSION}", "held": held}
    if not options.json:
        print(table(here, there))
    print(json.dumps(found, indent=None if options.json else 2))
    return 0 if held else 1


def table(here: dict[str, str], there: dict[str, str]) -> str:
    """One line a case."""
    lines = [f"{'a call that the rule forbids':48}{'holdfast':18}{NAME} {VERSION}"]
    lines += [f"{case.name:48}{here[case.name]:18}{there.get(case.name, '-')}" for case in CASES]
    ran = sum("ALLOWED" in told for told in there.values())
    if "skipped" in there:
        lines.append(f"PEER SKIPPED: {there['skipped']}")
    else:
        lines.append(
            f"{sum('ALLOWED' in told for told in here.values())} of {len(CASES)} ran here, {ran} there"
        )
    return "\n".join(lines)
