"""The `holdfast` command, one file a noun."""

from __future__ import annotations

import sys

HOW_TO_INSTALL = "The holdfast command needs two more packages: pip install 'holdfast[cli]'"


def main() -> None:
    """Run the command; without click and rich, say how to get them and exit with 2."""
    try:
        import rich  # noqa: F401  # pyright: ignore[reportUnusedImport]  # its absence is said here, not in the middle of a table

        from holdfast.cli.group import holdfast
    except ModuleNotFoundError as error:
        if error.name not in {"click", "rich"}:
            raise
        sys.stderr.write(f"{HOW_TO_INSTALL}\n")
        raise SystemExit(2) from None
    holdfast(prog_name="holdfast")
