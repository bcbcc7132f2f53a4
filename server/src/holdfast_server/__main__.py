"""`python -m holdfast_server` is `holdfast up`."""

from __future__ import annotations

from holdfast_server.commands import up

if __name__ == "__main__":
    up()
