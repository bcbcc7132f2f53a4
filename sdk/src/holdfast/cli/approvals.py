"""`holdfast approvals`: what agents ask people, and the people's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from holdfast.action import parse_arguments
from holdfast.cli.listing import Listing
from holdfast.cli.person import by_option
from holdfast.cli.printing import (
    json_option,
    limit_option,
    local_time,
    print_facts,
    print_json,
    print_page,
    short_time,
)
from holdfast.cli.server import Server, asks_server, segment
from holdfast.errors import Invalid

STATES: Final = ("pending", "approved", "refused", "expired", "used", "withdrawn")
COLUMNS: Final = ("approval", "state", "agent", "wants", "roles", "asked", "expires", "why")
WORDS: Final = {"approve": "Approved", "refuse": "Refused"}


@click.group(cls=Listing)
def approvals() -> None:
    """List, show and answer what waits for a person."""


@approvals.command("list")
@click.option("--state", multiple=True, type=click.Choice(STATES), default=("pending",), show_default=True,
              help="Only in this state; repeatable.")  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="In every state.")
@limit_option()
@json_option
@asks_server
def list_approvals(
    server: Server, *, state: tuple[str, ...], everything: bool, limit: int, as_data: bool
) -> None:
    """List approvals, newest first; those that wait unless you say otherwise."""
    page = server.page("/v1/approvals", {"state": () if everything else state}, limit=limit)
    if as_data:
        print_json(page)
        return
    print_page(page, COLUMNS, (_row(one) for one in page["items"]), none="Nothing waits for a person.")


@approvals.command("show")
@click.argument("approval", metavar="ID")
@json_option
@asks_server
def show_approval(server: Server, *, approval: str, as_data: bool) -> None:
    """Show exactly what one approval is about."""
    found = server.get(f"/v1/approvals/{segment(approval)}")
    if as_data:
        print_json(found)
        return
    print_facts(_facts(found))


@approvals.command("approve")
@click.argument("approval", metavar="ID")
@click.option("--note", default="", metavar="TEXT", help="Why; it is kept with the answer.")
@click.option("--arguments", "edited", metavar="JSON|@FILE",
              help="Approve these arguments instead; they are judged again before they run.")  # fmt: skip
@click.option("--role", default="", help="The role you answer for; the first open one otherwise.")
@by_option
@json_option
@asks_server
def approve(
    server: Server, *, approval: str, note: str, edited: str | None, role: str, by: str, as_data: bool
) -> None:
    """Let exactly this action happen, once."""
    arguments = None if edited is None else _read_arguments(edited)
    body = {"verdict": "approve", "by": by, "note": note, "role": role, "arguments": arguments}
    _answer(server, approval, body, as_data=as_data)


@approvals.command("refuse")
@click.argument("approval", metavar="ID")
@click.option("--note", default="", metavar="TEXT", help="Why; the agent is told.")
@click.option("--role", default="", help="The role you answer for; the first open one otherwise.")
@by_option
@json_option
@asks_server
def refuse(server: Server, *, approval: str, note: str, role: str, by: str, as_data: bool) -> None:
    """Say no."""
    _answer(server, approval, {"verdict": "refuse", "by": by, "note": note, "role": role}, as_data=as_data)


def _answer(server: Server, approval: str, body: dict[str, Any], *, as_data: bool) -> None:
    found = server.ask("POST", f"/v1/approvals/{segment(approval)}/answer", body=body)
    if as_data:
        print_json(found)
    elif found["state"] == "pending":
        answered = {answer["role"] for answer in found.get("answers") or ()}
        missing = [role for role in found["roles"] if role not in answered]
        click.echo(f"{WORDS[body['verdict']]} by {body['by']}; still open: {', '.join(missing)}.")
    else:
        edited = " with edited arguments" if found.get("edited") else ""
        click.echo(
            f"{WORDS[body['verdict']]} by {body['by']}{edited}: {found['target']} of {found['agent']}."
        )


def _read_arguments(text: str) -> dict[str, Any]:
    """JSON as it stands, or the file that `@FILE` names.

    Raises:
        Invalid: there is no such file, or it does not hold one JSON object.
    """
    if not text.startswith("@"):
        return parse_arguments(text)
    file = Path(text[1:])
    try:
        return parse_arguments(file.read_bytes())
    except OSError as error:
        raise Invalid(f"--arguments: {file} cannot be read: {error.strerror}") from error
    except Invalid as error:
        raise Invalid(f"{file}: {error.message}", hint=error.hint) from error


def _row(approval: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        approval["id"],
        approval["state"],
        approval["agent"],
        approval["target"],
        ", ".join(approval["roles"]),
        short_time(approval["asked_at"]),
        short_time(approval["expires_at"]),
        approval["reasons"][0]["message"] if approval["reasons"] else "",
    )


def _facts(approval: Mapping[str, Any]) -> dict[str, str]:
    edited = approval["approved_arguments"] if approval["edited"] else None
    return {
        "approval": approval["id"],
        "state": approval["state"],
        "agent": " ".join(filter(None, (approval["agent"], approval["version"]))),
        "chain": " → ".join(approval["chain"]),
        "person": approval["person"],
        "run": approval["run"],
        "wants": f"{approval['kind']} {approval['target']} ({approval['effect']})",
        "arguments": _pretty(approval["arguments"]),
        "unendorsed": "\n".join(approval["unendorsed"]),
        "why": "\n".join(f"{reason['rule']}: {reason['message']}" for reason in approval["reasons"]),
        "roles": ", ".join(approval["roles"]),
        "digest": approval["digest"],
        "asked": local_time(approval["asked_at"]),
        "expires": local_time(approval["expires_at"]),
        "answered": " by ".join(filter(None, (local_time(approval["answered_at"]), approval["answered_by"]))),
        "note": approval["note"],
        "approved": "" if edited is None else _pretty(edited),
        "used": local_time(approval["used_at"]),
    }


def _pretty(arguments: Any) -> str:
    return json.dumps(arguments, indent=2, ensure_ascii=False)
