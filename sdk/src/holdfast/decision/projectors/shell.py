"""What a shell line would run: the first word of each part of it, and code of which languages.

Only what can be read without running it is named; everything else is `unknown`, which no allow-list holds.
A redirection that writes counts as the command `>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, cast

from holdfast.action import Contract, Effect
from holdfast.decision.projectors.texts import named_texts

COMMAND_WORDS: Final = frozenset({"command", "commands", "cmd", "shell", "bash", "sh", "script", "argv"})
CODE_WORDS: Final = frozenset({"code", "script", "source", "program", "snippet"})
LANGUAGE_WORDS: Final = frozenset({"language", "lang", "runtime", "interpreter"})
LENGTH_MAX: Final = 16 * 1024
NESTED_MAX: Final = 4
UNKNOWN: Final = "unknown"
WRITES: Final = ">"
SHELLS: Final = frozenset({"sh", "bash", "dash", "zsh", "ksh", "ash"})
WRAPPERS: Final = frozenset(
    "sudo doas env nohup nice time timeout stdbuf setsid ionice xargs command builtin exec busybox".split()  # noqa: SIM905  # words read best as words
)
"""Commands that run another one, which is named after them."""
OPAQUE: Final = frozenset(
    "eval source . trap alias unalias parallel ssh chroot unshare nsenter watch".split()  # noqa: SIM905  # as above
)
"""Commands that run what cannot be read off the line."""
STILL: Final = frozenset({"if", "then", "else", "elif", "while", "until", "do", "!", "{", "time"})
"""Words after which a command is still to come."""
CLOSING: Final = frozenset({"fi", "done", "esac", "}", "for", "select"})
STEERING: Final = (
    "LD_",
    "DYLD_",
    "PATH=",
    "IFS=",
    "BASH_ENV=",
    "ENV=",
    "SHELLOPTS=",
    "PYTHON",
    "NODE_OPTIONS=",
)
"""Variables that change what a command is."""
RUNNING: Final = frozenset({"-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fls"})
ALIASES: Final = {
    "py": "python",
    "python3": "python",
    "js": "javascript",
    "node": "javascript",
    "nodejs": "javascript",
    "ts": "typescript",
    "sh": "bash",
    "shell": "bash",
    "zsh": "bash",
    "rb": "ruby",
    "golang": "go",
    "rs": "rust",
    "ps1": "powershell",
    "pwsh": "powershell",
}

_token = re.compile(
    r"""(?P<blank>[ \t\r]+|\\\n|(?<![^\s;&|()])\#[^\n]*)
    |(?P<write>(?:\d*|&)>>?\|?\s*(?!&))
    |(?P<duplicate>\d*[<>]&[\d-]*)
    |(?P<here>\d*<<-?)
    |(?P<read>\d*<(?![(<]))
    |(?P<substitute>[<>$]\()
    |(?P<end>&&|\|\|?&?|;;?|&|\n|\(|\))
    |(?P<word>(?:'[^']*'|"(?:[^"\\]|\\.)*"|\\.|\$(?!\()|[^\s'"\\|&;()<>$`])+)""",
    re.VERBOSE | re.DOTALL,
)
_piece = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^'"\\]+)""", re.DOTALL)
_variable = re.compile(r"[A-Za-z_]\w*\+?=")
_duration = re.compile(r"[0-9.]+[smhd]?").fullmatch
_shebang = re.compile(r"#![ \t]*(?:\S*/)?([\w.+-]+)(?:[ \t]+([\w.+-]+))?")
_fence = re.compile(r"^```[ \t]*([\w.+#-]+)", re.MULTILINE)


def commands(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """First words of every part of a shell line, without their folders; `unknown` if in doubt."""
    found: set[str] = set()
    for name, value in arguments.items():
        if name.lower() in COMMAND_WORDS and isinstance(value, list):
            found.update(_of_words([str(word) for word in cast("list[Any]", value)], 0))
        elif isinstance(value, (str, dict)):
            for inner, text in named_texts({name: value}):
                if inner in COMMAND_WORDS:
                    found.update(_of_line(text))
    if not found and contract.effect is Effect.EXECUTE:
        found.add(UNKNOWN)
    return frozenset(found)


def languages(arguments: Mapping[str, Any], contract: Contract) -> frozenset[str]:
    """Languages of the code to run: as an argument says, a first line or a fence says; else `unknown`."""
    pairs = named_texts(arguments)
    said = {text.strip().lower() for name, text in pairs if name in LANGUAGE_WORDS}
    if not said:
        said = {one for name, text in pairs if name in CODE_WORDS for one in _languages_of(text)}
    if not said and contract.effect is Effect.EXECUTE:
        said = {UNKNOWN}
    return frozenset(ALIASES.get(one, one) for one in said)


def _languages_of(text: str) -> Iterator[str]:
    first = _shebang.match(text)
    if first:
        yield (first[2] if first[1] == "env" and first[2] else first[1]).lower()
        return
    fences = _fence.findall(text)
    yield from (fence.lower() for fence in fences or [UNKNOWN])


@lru_cache(1_024)
def _of_line(line: str) -> frozenset[str]:
    return frozenset(_scan(line, 0))


def _scan(line: str, depth: int) -> Iterator[str]:
    """The commands of a line: cut it into simple commands, and look at the words of each."""
    if len(line) > LENGTH_MAX or depth > NESTED_MAX:
        yield UNKNOWN
        return
    at, words, skip = 0, list[str](), False
    around: list[list[str]] = []
    while at < len(line):
        match = _token.match(line, at)
        if match is None or match.end() == at:
            yield UNKNOWN  # a quote that does not close, or a back quote
            return
        kind, text = match.lastgroup, match.group()
        joined, at = match.start() > 0 and not line[match.start() - 1].isspace(), match.end()
        if kind == "word":
            if not skip:
                words.append(text)
            skip = False
        elif kind in {"write", "read"}:
            skip = True
            if kind == "write" and not line.startswith("/dev/null", at):
                yield WRITES
        elif kind in {"here", "substitute"} and text != "$(":
            yield UNKNOWN
            return
        elif kind == "substitute":
            # What comes of it stands in a word that nobody can read; what runs inside is named by itself.
            words = [*words[:-1], words[-1] + "$"] if joined and words else [*words, "$"]
            around.append(words)
            words = []
        elif kind == "end":
            yield from _simple(words, depth)
            if text == "(":
                around.append([])
            words = around.pop() if text == ")" and around else []
    yield from _simple(words, depth)


def _simple(words: list[str], depth: int) -> Iterator[str]:
    """The commands of one simple command: `NAME=value if sudo /bin/rm -r x`."""
    plain: list[str] = []
    for word in words:
        text = _unquoted(word)
        if '"' in word and ("$(" in text or "`" in text):
            yield UNKNOWN  # a command inside of a string
        plain.append(text)
    while plain and (plain[0] in STILL or _variable.match(plain[0])):
        if plain[0].startswith(STEERING):
            yield UNKNOWN
        plain = plain[1:]
    if plain and plain[0] not in CLOSING:
        yield from _of_words(plain, depth)


def _of_words(words: list[str], depth: int) -> Iterator[str]:
    if not words:
        return
    name = words[0].replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe")
    if not name or any(sign in words[0] for sign in "$*?[]{}`=") or name in {"case", "function"}:
        yield UNKNOWN
        return
    yield name
    rest = words[1:]
    if name in OPAQUE or (name == "find" and not RUNNING.isdisjoint(rest)):
        yield UNKNOWN
    elif name in SHELLS and rest:
        yield from _of_shell(rest, depth)
    elif name in WRAPPERS:
        yield from _of_wrapped(name, rest, depth)


def _of_shell(rest: list[str], depth: int) -> Iterator[str]:
    if rest[0] == "-c" and len(rest) > 1:
        yield from _scan(rest[1], depth + 1)
    else:
        yield UNKNOWN


def _of_wrapped(name: str, rest: list[str], depth: int) -> Iterator[str]:
    while rest and name == "env" and _variable.match(rest[0]):
        if rest[0].startswith(STEERING):
            yield UNKNOWN
        rest = rest[1:]
    if rest and name == "timeout" and _duration(rest[0]):
        rest = rest[1:]
    if not rest:
        return
    if rest[0].startswith("-") or depth > NESTED_MAX:
        yield UNKNOWN  # which word is the command depends on what the options take
    else:
        yield from _of_words(rest, depth + 1)


def _unquoted(word: str) -> str:
    return "".join(a or b or c or d for a, b, c, d in _piece.findall(word))
