"""Who calls, in which session and run: read from the headers of a request."""

from __future__ import annotations

import random
import re
import time
from collections import OrderedDict
from collections.abc import Iterable
from itertools import chain
from typing import Final

import msgspec

from holdfast.action import Actor
from holdfast.decision import Session
from holdfast_server.action.llm.config import Key, digest_key
from holdfast_server.action.llm.seam import Headers

SESSION_MAX: Final = 128
SESSIONS_MAX: Final = 10_000
HEARD_MAX: Final = 1_024
HEARD_BYTES: Final = 4_096
"""How many different heads are remembered, and how long each may be."""
KEY_PREFIX: Final = b"hf-"
OWN: Final = b"x-holdfast-"
OWN_KEY: Final = b"x-holdfast-key"
CREDENTIALS: Final = frozenset({b"authorization", b"x-api-key", b"api-key", b"x-goog-api-key"})
SESSIONS: Final = frozenset({b"x-claude-code-session-id", b"session-id", b"session_id", b"x-session-id"})
"""Where coding agents name their session by themselves; our own header goes before."""
_KEPT_BACK: Final = CREDENTIALS | {b"accept-encoding"}
"""What does not go on as it came: credentials are the provider's own, and answers are read as they pass."""
_hex32 = re.compile(rb"[0-9a-f]{32}").fullmatch
_hex16 = re.compile(rb"[0-9a-f]{16}").fullmatch
_traceparent = re.compile(rb"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}").match
_query_key = re.compile(rb"[?&]key=([^&]*)").search

_random: Final = random.Random()  # noqa: S311  # names, not secrets; a system call each time costs 0.4 µs


def new_step() -> str:
    """16 hex digits, also the id of a span."""
    return f"{_random.getrandbits(64):016x}"


def new_run(now_ns: int = 0) -> str:
    """32 hex digits, also the id of a trace; the first eight are a clock's that goes round.

    Runs of one moment so lie side by side wherever something is kept by run: a store that takes in a thousand
    writes a few pages of each index, not a thousand. It counts 2²⁰ ns, so 52 days are a round.
    """
    moment = (now_ns or time.time_ns()) >> 20 & 0xFFFF_FFFF
    return f"{moment:08x}{_random.getrandbits(96):024x}"


class Caller:
    """A virtual key, with what is made of it once."""

    __slots__ = ("actor", "chain", "key", "nobody", "tags")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.nobody = self.begin("")
        """The session of every call that has no name and learns nothing; never written to."""
        self.actor = Actor(key.agent, key.version, key.owner)
        self.chain = (self.actor,)
        """The same object for every call: judging knows it again at a glance."""
        self.tags = tuple(sorted(key.tags.items()))

    def begin(self, name: str) -> Session:
        """A session of this name, with what the key says of all that it does."""
        session = Session(name)
        if self.key.labels:
            session.label(*self.key.labels)
        return session


class Said:
    """What the headers of one request say."""

    __slots__ = (
        "credentials",
        "headers",
        "lasts",
        "own",
        "parent",
        "run",
        "secret",
        "sent",
        "session",
        "trace",
    )

    def __init__(self, headers: Headers, target: bytes) -> None:
        """Read them, once, and keep apart what does not go on."""
        self.headers: Headers = []
        """What goes on to a provider."""
        self.credentials: Headers = []
        """The client's own, for providers that want those."""
        self.own: dict[bytes, bytes] = {}
        """Our own headers, by their names in lower case."""
        self.sent: dict[object, Headers] = {}
        """What goes to each outlet: the same list for every call that says this."""
        self.secret = b""
        self.session = self.run = self.trace = self.parent = ""
        keep = self.headers.append
        for pair in headers:
            name = pair[0].lower()
            if name.startswith(OWN):
                self.own[name] = pair[1]
            elif name in _KEPT_BACK:
                self._hold_back(name, pair)
            else:
                keep(pair)
                if name == b"traceparent":
                    self._place(pair[1])
                elif name in SESSIONS:
                    self.own.setdefault(b"session", pair[1])
        self._name(target)
        self.lasts = not (self.parent or b"key=" in target)
        """Whether the next call may say the very same: what names a step comes once."""

    def _hold_back(self, name: bytes, pair: tuple[bytes, bytes]) -> None:
        if name in CREDENTIALS:
            value = _token(pair[1])
            if value.startswith(KEY_PREFIX):
                self.secret = self.secret or value
            else:
                self.credentials.append(pair)

    def _name(self, target: bytes) -> None:
        own = self.own
        self.secret = _token(own.get(OWN_KEY, b"")) or self.secret
        if not self.secret and b"key=" in target and (found := _query_key(target)):
            self.secret = found[1]
        if not own:
            return
        session = own.get(b"x-holdfast-session") or own.get(b"session", b"")
        self.session = session.decode("utf-8", "replace").strip()[:SESSION_MAX]
        self.run = _known(own.get(b"x-holdfast-run", b""))
        step = own.get(b"x-holdfast-step", b"").strip().lower()
        if _hex16(step):
            self.parent = step.decode()

    def _place(self, traceparent: bytes) -> None:
        found = _traceparent(traceparent.strip().lower())
        if found is not None and found[1].strip(b"0"):
            self.trace, self.parent = found[1].decode(), found[2].decode()


class Keyring:
    """Every virtual key, by the digest of what is sent."""

    def __init__(self, keys: Iterable[Key] = ()) -> None:
        self._callers = {key.digest: Caller(key) for key in keys}
        self._heard: dict[tuple[tuple[bytes, bytes], ...], tuple[Said, Caller]] = {}

    def hear(self, headers: Headers, target: bytes) -> tuple[Said, Caller | None]:
        """What a request says, and whose key it bears: nobody's when it is wrong.

        A client says the same with every call, so it is read once. Whether the key's time is past is for the
        caller to see.
        """
        words = tuple(headers)
        known = self._heard.get(words)
        if known is not None and b"key=" not in target:
            return known
        said = Said(headers, target)
        caller = self._callers.get(digest_key(said.secret)) if said.secret else None
        if caller is not None and said.lasts and sum(map(len, chain.from_iterable(words))) <= HEARD_BYTES:
            if len(self._heard) >= HEARD_MAX:
                self._heard.clear()
            self._heard[words] = said, caller
        return said, caller


class Place(msgspec.Struct, frozen=True, gc=False):
    """Where a call happens."""

    session: Session
    name: str
    """The session's id."""
    run: str
    trace: str
    parent: str
    lasts: bool
    """Whether what the session learns of a call matters to anything that comes after."""


class Sessions:
    """The sessions that are remembered; the one not used for longest is forgotten."""

    def __init__(self, sessions_max: int = SESSIONS_MAX) -> None:
        self._known: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._max = sessions_max

    def place(self, caller: Caller, said: Said, *, lasts: bool, labels: bool) -> Place:
        """The session and the run of a call; without a word about either, both are its own.

        Args:
            caller: whose it is.
            said: what it says of itself.
            lasts: whether the session is asked again though nobody named it: for tool calls, for a try beside
                the first.
            labels: whether what is said may mark the session.
        """
        run = said.run or said.trace
        name = said.session or run
        run = run or new_run()
        if name:
            session = self._find(caller.key.project, name)
            if caller.key.labels:
                session.label(*caller.key.labels)
            return Place(session, name, run, said.trace or run, said.parent, lasts=True)
        # Without a name nobody can come back to it, so nothing of it is remembered.
        session = caller.begin(run) if lasts or labels else caller.nobody
        return Place(session, run, run, run, said.parent, lasts)

    def _find(self, project: str, name: str) -> Session:
        known = self._known
        session = known.get((project, name))
        if session is None:
            session = known[project, name] = Session(name)
            if len(known) > self._max:
                self._forget()
        else:
            known.move_to_end((project, name))
        return session

    def _forget(self) -> None:
        """Forget the oldest of which nothing is under way; when all are busy, one more is remembered."""
        for name, session in self._known.items():
            if not session.holds:
                del self._known[name]
                return


def without_key(target: bytes) -> bytes:
    """The request's target without a credential in its query."""
    if b"key=" not in target:
        return target
    path, _, query = target.partition(b"?")
    rest = b"&".join(part for part in query.split(b"&") if not part.startswith(b"key="))
    return path + b"?" + rest if rest else path


def _token(value: bytes) -> bytes:
    scheme, _, token = value.strip().partition(b" ")
    return token.strip() if scheme.lower() == b"bearer" else value.strip()


def _known(value: bytes) -> str:
    """A run's id: 32 hex digits, or nothing."""
    value = value.strip().lower()
    return value.decode() if _hex32(value) else ""
