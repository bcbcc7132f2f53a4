"""The process that reads spans beside the server: told by lines on its input what to refine next.

It writes what it made into files and answers with one line. It ends with its input, so it never outlives the
server.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from pathlib import Path
from typing import Final

import msgspec

from holdfast.record import Redactor
from holdfast_server.action.otlp.billing import Pricer
from holdfast_server.action.otlp.blocks import pack_block
from holdfast_server.action.otlp.orders import Order, Post
from holdfast_server.action.otlp.refiner import Refiner
from holdfast_server.kit.heap import keep_freed
from holdfast_server.kit.logging import configure
from holdfast_server.record.blobs.blobs import Blobs
from holdfast_server.record.blobs.spilling import Spilling
from holdfast_server.record.pricing import PriceFile, price_usage

NICER: Final = 1
"""Storing may wait a moment; an agent that asks for a decision may not."""
COLLECT_EVERY: Final = 16
"""Blocks; between two of them, when next to nothing is alive."""


def make_refiner(post: Post) -> Refiner:
    """A refiner that has learnt what the journal still holds of before."""
    refiner = Refiner(
        Path(post.journal),
        redactor=Redactor(tuple(post.redaction)),
        pricer=Pricer(price_usage),
        spilling=Spilling(Blobs(Path(post.blobs))),
    )
    refiner.warm(post.warm_from, post.warm_to)
    return refiner


def main() -> None:
    """Work until the input ends."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the server drains first, and ends this process then
    configure()
    keep_freed()
    os.nice(NICER)
    given, told = sys.stdin.buffer, sys.stdout.buffer
    gc.disable()  # looking for cycles among a block's spans took a third of the time
    post = msgspec.json.decode(given.readline(), type=Post)
    prices = PriceFile(Path(post.prices))
    prices.look()
    refiner = make_refiner(post)
    for number, line in enumerate(given):
        order = msgspec.json.decode(line, type=Order)
        prices.look()
        refined = refiner.refine(order.start, order.end, spans_max=order.spans_max)
        told.write(msgspec.json.encode(pack_block(refined, Path(post.blocks))) + b"\n")
        told.flush()
        del refined
        if number % COLLECT_EVERY == 0:
            gc.collect()


if __name__ == "__main__":
    main()
