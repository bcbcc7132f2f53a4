"""The server's part of the command line; `holdfast` finds it by its entry point, so importing it is cheap."""

from __future__ import annotations

from holdfast_server.commands.roles import serve
from holdfast_server.commands.up import up

commands = (up, serve)
