"""What the tests of the doors share: a shop with tools, its rules, and a desk where people answer."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import holdfast
from holdfast.action import canonicalise, digest

WAIT_S = 20.0
RULES = """
agents:
  "*": {}
tools:
  look_up: {effect: read, output_labels: []}
  refund: {effect: spend, output_labels: []}
  wire_money: {effect: spend, output_labels: []}
  delete_account: {effect: destroy, output_labels: []}
  wipe_disk: {effect: destroy, output_labels: []}
rules:
  - allow_agents: {}
  - allow_effects: {effects: [read, write, send, spend, execute, destroy]}
  - clamp: {tool: refund, arg: amount, max: 50}
  - ask_tools: {tools: [wire_money], message: The owner must approve this.}
  - deny_tools: {tools: [delete_account], message: Accounts are deleted by people.}
  - halt_on: {tools: [wipe_disk], message: Nobody wipes disks.}
"""


class Shop:
    """Plain functions that remember what they were really called with."""

    def __init__(self) -> None:
        self.ran: list[tuple[str, Any]] = []

    def look_up(self, order: str) -> str:
        """Find an order."""
        return self._did("look_up", order)

    def refund(self, amount: int) -> str:
        """Give money back."""
        return self._did("refund", amount)

    def wire_money(self, amount: int) -> str:
        """Send money away."""
        return self._did("wire_money", amount)

    def delete_account(self, name: str) -> str:
        """Delete an account."""
        return self._did("delete_account", name)

    def wipe_disk(self, name: str) -> str:
        """Wipe a disk."""
        return self._did("wipe_disk", name)

    @property
    def tools(self) -> list[Callable[..., str]]:
        return [self.look_up, self.refund, self.wire_money, self.delete_account, self.wipe_disk]

    def _did(self, what: str, argument: Any) -> str:
        self.ran.append((what, argument))
        return f"{what} done: {argument}"


class Desk:
    """Policies, kills and approvals as a server keeps them; tests are the people."""

    def __init__(self) -> None:
        self.sources: list[dict[str, str]] = []
        self.approvals: dict[str, dict[str, Any]] = {}
        self.uses: list[str] = []
        self.kills: list[dict[str, str]] = []
        self.records: list[dict[str, Any]] = []
        self.moved = threading.Condition()
        self._keys: dict[str, str] = {}
        self._open = True
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Handler,), {"desk": self}))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_port}"

    @property
    def open(self) -> bool:
        return self._open

    def close(self) -> None:
        with self.moved:
            self._open = False
            self.moved.notify_all()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def pending(self) -> dict[str, Any]:
        """The question that waits, as soon as there is one."""
        with self.moved:
            assert self.moved.wait_for(lambda: self._pending() is not None, WAIT_S), "nobody asked"
            found = self._pending()
            assert found is not None
            return found

    def answer(self, verdict: str, arguments: dict[str, Any] | None = None, note: str = "") -> dict[str, Any]:
        """Answer the question that waits, as a person would."""
        question = self.pending()
        with self.moved:
            question["state"] = "approved" if verdict == "approve" else "refused"
            question |= {"answered_by": "ada", "note": note, "edited": arguments is not None}
            if arguments is not None:
                question["approved_arguments"] = arguments
                _, shown = canonicalise(arguments)
                question["approved_digest"] = digest(question["kind"], question["target"], shown)
            self.moved.notify_all()
        return question

    def answer_soon(
        self, verdict: str, arguments: dict[str, Any] | None = None, note: str = ""
    ) -> threading.Thread:
        """Answer from another thread, as soon as somebody asks."""
        person = threading.Thread(target=self.answer, args=(verdict, arguments, note))
        person.start()
        return person

    def kill(self, scope: str, target: str) -> None:
        with self.moved:
            self.kills.append({"id": f"kill{len(self.kills)}", "scope": scope, "target": target, "at": ""})
            self.moved.notify_all()

    def ask(self, key: str, body: dict[str, Any]) -> dict[str, Any]:
        with self.moved:
            name = self._keys.get(key)
            if name is None:
                name = self._keys[key] = hashlib.sha256(key.encode()).hexdigest()[:16]
                self.approvals[name] = {**body, "id": name, "state": "pending"}
                self.moved.notify_all()
            return self.approvals[name]

    def look(self, name: str, wait_s: float) -> dict[str, Any]:
        with self.moved:
            self.moved.wait_for(lambda: not self._open or self.approvals[name]["state"] != "pending", wait_s)
            return self.approvals[name]

    def use(self, name: str, body: dict[str, Any]) -> dict[str, Any] | None:
        with self.moved:
            question = self.approvals[name]
            bound = question.get("approved_digest") or question["digest"]
            if question["state"] != "approved" or body["digest"] != bound:
                return None
            question["state"] = "used"
            self.uses.append(name)
            return question

    def _pending(self) -> dict[str, Any] | None:
        return next((one for one in self.approvals.values() if one["state"] == "pending"), None)


class Handler(BaseHTTPRequestHandler):
    desk: Desk
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/v1/bundle":
            self._say(200, {"hash": str(self.desk.sources), "sources": self.desk.sources})
        elif path == "/v1/control":
            self._stream()
        elif path.startswith("/v1/approvals/"):
            wait_s = float(query.removeprefix("wait_s=") or 0)
            self._say(200, self.desk.look(path.rpartition("/")[2], min(wait_s, 5)))
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/v1/approvals":
            key = self.headers["idempotency-key"]
            self._say(201, self.desk.ask(key, json.loads(body)))
        elif self.path.endswith("/use"):
            used = self.desk.use(self.path.split("/")[-2], json.loads(body))
            self._say(200 if used else 409, used or {})
        elif self.path == "/v1/records":
            self._say(200, {"accepted": 1, "duplicate": 0})
        else:
            self._say(200, {})

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        told = -1
        while self.desk.open:
            with self.desk.moved:
                self.desk.moved.wait_for(functools.partial(self._has_moved, told), 1.0)
                kills = list(self.desk.kills)
            told = len(kills)
            event = json.dumps({"kills": kills, "seq": told})
            try:
                self.wfile.write(f"event: kills\ndata: {event}\n\n".encode())
                self.wfile.flush()
            except OSError:
                return
        self.close_connection = True

    def _has_moved(self, told: int) -> bool:
        return len(self.desk.kills) != told or not self.desk.open

    def _say(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        try:
            self.wfile.write(content)
        except OSError:
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.close()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def govern(tmp_path: Path) -> Iterator[Callable[..., holdfast.Guard]]:
    """Begin to govern under the shop's rules, with or without a desk; afterwards all is as it was."""
    rules = tmp_path / "shop.yaml"
    rules.write_text(RULES)

    def begin(desk: Desk | None = None, **options: Any) -> holdfast.Guard:
        if desk is not None:
            desk.sources = [{"name": "shop.yaml", "text": RULES, "kind": "yaml"}]
        given = {"policies": rules, "data": tmp_path / "data", "server": desk.url if desk else "", **options}
        return holdfast.init(**given)

    yield begin
    holdfast.shutdown()


@pytest.fixture
def kept(govern: Any, tmp_path: Path, shop: Shop) -> Callable[[], list[dict[str, Any]]]:
    """A shop whose contracts ask for more: looking up fails once in passing, and no refund ever shows.

    Returns the outcomes of a tool or an agent, once governing is over.
    """
    text = RULES.replace(
        "look_up: {effect: read,", "look_up: {effect: read, retries: {times: 2, wait_s: 0.001},"
    ).replace(
        "refund: {effect: spend,",
        "shows: {effect: read, output_labels: []}\n  refund: {effect: spend, "
        "postconditions: [{tool: shows, arguments: {amount: $arguments.amount}, expect: {found: true}}],",
    )
    rules = tmp_path / "kept.yaml"
    rules.write_text(text)
    govern(policies=rules)
    fails = iter([True])
    really = shop._did

    def did(what: str, argument: Any) -> str:
        if what == "look_up" and next(fails, False):
            raise ConnectionError("away")
        return really(what, argument)

    shop._did = did  # type: ignore[method-assign]  # this shop has a bad line

    @holdfast.tool(effect="read", labels=())
    def shows(amount: int) -> dict[str, Any]:
        return {"amount": amount, "found": False}

    def outcomes() -> list[dict[str, Any]]:
        from holdfast.record.ledger import Reader

        holdfast.shutdown()
        found: list[dict[str, Any]] = []
        for folder in sorted((tmp_path / "data" / "ledger").iterdir()):
            found += [json.loads(leaf) for _, leaf in Reader(folder).records(0, 10_000)]
        names = {one["step"]: one["target"] for one in found if one["type"] == "decision"}
        return [{**one, "target": names[one["step"]]} for one in found if one["type"] == "outcome"]

    outcomes.shows = shows  # type: ignore[attr-defined]  # a governed function lives as long as somebody has it
    return outcomes


@pytest.fixture
def records(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """Every record of the ledgers of a test, in order."""

    def read() -> list[dict[str, Any]]:
        from holdfast.record.ledger import Reader

        found: list[dict[str, Any]] = []
        for folder in sorted((tmp_path / "data" / "ledger").iterdir()):
            found += [json.loads(leaf) for _, leaf in Reader(folder).records(0, 10_000)]
        return sorted(found, key=lambda record: record["at_ns"])

    return read
