"""`python -m holdfast_server` is `holdfast up`; `python -m holdfast_server serve …` is `holdfast serve …`."""

from __future__ import annotations

import sys

from holdfast_server.commands import serve, up

if __name__ == "__main__":
    if sys.argv[1:2] == [serve.name]:
        serve(sys.argv[2:])
    else:
        up()
