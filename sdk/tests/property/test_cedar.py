"""Compiled Cedar is Cedar: generated policies and requests, judged by both engines, errors included.

The generator writes expressions that are mostly well typed and sometimes are not, over a small vocabulary, so
that rules often hold and often fail; those go through the checked mode. What is left after strict validation
goes through the fast mode, with contexts that keep their shape. Stock Cedar (cedarpy) is the oracle for both;
its batch call keeps this fast.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any, ClassVar

import cedarpy

from holdfast.decision.cedar import (
    Attribute,
    Entity,
    Judge,
    Node,
    Permits,
    Policy,
    Record,
    Shape,
    Type,
    compile_checked,
    compile_fast,
    compile_permits,
    make_set,
    parse,
)
from holdfast.decision.cedar.extensions import BINARY, UNARY
from holdfast.decision.cedar.shapes import BOOL, DECIMAL, LONG, STRING, STRINGS
from holdfast.decision.cedar.values import parse_address, parse_datetime, parse_decimal, parse_duration
from holdfast.decision.cedar.writer import WRITERS
from holdfast.decision.schema import as_json

SETS, POLICIES, REQUESTS = 240, 6, 50
"""In each mode 240 policy sets of 6 policies, 50 requests each: 24,000 requests."""

ROLES = [("Role", name) for name in ("billing", "ops", "root")]
AGENTS = [("Agent", name) for name in ("ada", "bob", "nobody")]
TOOLS = [("Tool", name) for name in ("refund", "mail")]
ENTITIES: list[dict[str, Any]] = [
    {"uid": {"type": "Role", "id": "root"}, "attrs": {}, "parents": []},
    {"uid": {"type": "Role", "id": "ops"}, "attrs": {}, "parents": [{"type": "Role", "id": "root"}]},
    {"uid": {"type": "Role", "id": "billing"}, "attrs": {"n": 3}, "parents": []},
    {
        "uid": {"type": "Agent", "id": "ada"},
        "attrs": {"owner": "eve", "level": 3, "boss": {"__entity": {"type": "Agent", "id": "bob"}}},
        "tags": {"team": "red", "seat": 4},
        "parents": [{"type": "Role", "id": "ops"}],
    },
    {
        "uid": {"type": "Agent", "id": "bob"},
        "attrs": {"level": 9},
        "parents": [{"type": "Role", "id": "billing"}],
    },
    {"uid": {"type": "Tool", "id": "refund"}, "attrs": {"egress": True}, "parents": []},
    {"uid": {"type": "Action", "id": "refund"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]},
    {"uid": {"type": "Action", "id": "mail"}, "attrs": {}, "parents": [{"type": "Action", "id": "all"}]},
]
EXTENSION_PARSERS = {
    "ip": parse_address,
    "decimal": parse_decimal,
    "datetime": parse_datetime,
    "duration": parse_duration,
}
LITERALS: dict[str, list[str]] = {
    "bool": ["true", "false"],
    "long": ["0", "1", "-1", "3", "9223372036854775807", "(-9223372036854775807 - 1)", "4611686018427387904"],
    "string": ['""', '"a"', '"ab*c"', '"eve"', '"é\\n"', '"x y"'],
    "decimal": ['decimal("0.0")', 'decimal("1.5")', 'decimal("-3.1234")', 'decimal("1.50")', 'decimal("no")'],
    "datetime": [
        'datetime("2026-01-31")',
        'datetime("2026-01-31T10:00:00Z")',
        'datetime("2026-01-31T10:00:00.250+0130")',
        'datetime("0000-02-29")',
        'datetime("2026-02-30")',
    ],
    "duration": [
        'duration("1h30m")',
        'duration("-2d")',
        'duration("1ms")',
        'duration("h")',
        'duration("90061s")',
    ],
    "ip": [
        'ip("10.0.0.1")',
        'ip("10.0.0.0/8")',
        'ip("::1")',
        'ip("ff02::1/16")',
        'ip("300.1.1.1")',
        'ip("127.0.0.1/8")',
    ],
    "entity": [f'{t}::"{i}"' for t, i in (*ROLES, *AGENTS, *TOOLS)] + ["principal", "resource", "action"],
}
ATTRIBUTES = {
    "bool": [
        "context.flag",
        "context.args.dry",
        "resource.egress",
        '(principal in Role::"root")',
        '(principal in Role::"billing")',
        '(action in Action::"all")',
    ],
    "long": ["context.n", "context.args.count", "principal.level"],
    "string": ["context.s", "context.args.to", "principal.owner", 'principal.getTag("team")'],
    "decimal": ["context.args.amount"],
    "datetime": ["context.at"],
    "duration": ["context.for"],
    "ip": ["context.ip"],
    "entity": ["principal.boss", "context.who"],
    "set": ["context.labels", "context.args.tags", "context.mixed"],
    "record": ["context.args", "context", "{a: 1, b: true}", '{"x y": context.n}', "{}"],
}
BAD = re.compile(r'"(no|2026-02-30|h|300\.1\.1\.1)"')
KINDS = ("bool", "long", "string", "decimal", "datetime", "duration", "ip", "entity", "set", "record")


class Writer:
    """Writes Cedar at random."""

    stray = 0.03
    """How often an operand is of another type than it should be."""
    lost = 0.06
    """How often an attribute of the context is missing."""
    attributes, literals = ATTRIBUTES, LITERALS

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def policy(self) -> str:
        effect = self.random.choice(["permit", "forbid", "forbid"])
        principal = self.random.choice(
            ["principal"] * 3 + [f"principal {s}" for s in self.scopes(AGENTS + ROLES, "Agent")]
        )
        action = self.random.choice(
            ["action"] * 2
            + [
                'action == Action::"refund"',
                'action in Action::"all"',
                'action in [Action::"mail", Action::"refund"]',
            ]
        )
        resource = self.random.choice(
            ["resource"] * 3 + [f"resource {s}" for s in self.scopes(TOOLS, "Tool")]
        )
        clauses = "".join(
            f" {self.random.choice(['when', 'unless'])} {{ {self.write('bool', 3)} }}"
            for _ in range(self.random.choice([0, 1, 1, 1, 2]))
        )
        return f"{effect}({principal}, {action}, {resource}){clauses};"

    def scopes(self, entities: list[tuple[str, str]], kind: str) -> list[str]:
        entity = '{}::"{}"'.format(*self.random.choice(entities))
        return [f"== {entity}", f"in {entity}", f"is {kind}", f"is {kind} in {entity}"]

    def write(self, kind: str, depth: int) -> str:
        if self.random.random() < self.stray:
            kind = self.random.choice(KINDS)
        if depth <= 0 or self.random.random() < 0.15:
            return self.leaf(kind)
        if self.random.random() < 0.08:
            test, then, other = (
                self.write("bool", depth - 1),
                self.write(kind, depth - 1),
                self.write(kind, depth - 1),
            )
            return f"(if {test} then {then} else {other})"
        return getattr(self, kind)(depth - 1)

    def leaf(self, kind: str) -> str:
        if kind == "set":
            return self.random.choice(["[]", "[1, true]", '["a", "eve"]', *self.attributes["set"]])
        options = [self.literals.get(kind, []), self.attributes[kind]]
        return self.random.choice(self.random.choice([some for some in options if some]))

    def bool(self, depth: int) -> str:
        kind = self.random.choice(KINDS)
        one, two = self.write(kind, depth), self.write(kind, depth)
        left, right, group = self.write("bool", depth), self.write("bool", depth), self.write("set", depth)
        long, other, entity = (
            self.write("long", depth),
            self.write("long", depth),
            self.write("entity", depth),
        )
        order, compare = self.random.choice(["<", "<=", ">", ">="]), self.random.choice(self.decimal_tests)
        address = self.random.choice(["isIpv4", "isIpv6", "isLoopback", "isMulticast"])
        name = self.random.choice(["s", "n", "args", "flag", "nope", "who"])
        return self.random.choice([
            f"({left} && {right})",
            f"({left} || {right})",
            f"(!{left})",
            f"({one} {self.random.choice(['==', '!='])} {two})",
            f"({long} {order} {other})",
            f"({self.write('datetime', depth)} {order} {self.write('datetime', depth)})",
            f"({self.write('duration', depth)} {order} {self.write('duration', depth)})",
            f"({group}.contains({self.contained(kind, depth)}))",
            f"({group}.{self.random.choice(['containsAny', 'containsAll'])}({self.write('set', depth)}))",
            f"({group}.isEmpty())",
            f"(context has {name})",
            f"(context has args.{self.random.choice(['to', 'amount', 'nope'])})",
            f"({entity} has {self.random.choice(['owner', 'level', 'boss'])})",
            f'({entity}.hasTag("{self.random.choice(["team", "seat", "no"])}"))',
            f"({entity} in {self.random.choice([self.write('entity', depth), self.entities(depth)])})",
            f"({entity} is {self.random.choice(['Agent', 'Role', 'Tool'])})",
            f"({entity} is Agent in {self.write('entity', depth)})",
            f"({self.write('string', depth)} like {self.random.choice(self.patterns)})",
            f"({self.write('decimal', depth)}.{compare}({self.write('decimal', depth)}))",
            f"({self.write('ip', depth)}.{address}())",
            f"({self.write('ip', depth)}.isInRange({self.write('ip', depth)}))",
        ])  # fmt: skip

    patterns = ('"*"', '"a*"', '"*e"', '"*b\\**"', '"e*e"', '"*a*b*c*"', '""', '"eve"')
    decimal_tests = ("lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual")

    def entities(self, depth: int) -> str:
        return f"[{self.write('entity', depth)}, {self.write('entity', depth)}]"

    def contained(self, kind: str, depth: int) -> str:
        return self.write(kind, depth)

    def long(self, depth: int) -> str:
        one, two = self.write("long", depth), self.write("long", depth)
        unit = self.random.choice(["toMilliseconds", "toSeconds", "toMinutes", "toHours", "toDays"])
        return self.random.choice([
            f"({one} + {two})",
            f"({one} - {two})",
            f"({one} * {two})",
            f"(-({one}))",
            f"({self.write('duration', depth)}.{unit}())",
            self.leaf("long"),
        ])  # fmt: skip

    def set(self, depth: int) -> str:
        kind = self.random.choice(KINDS)
        members = [self.write(kind, depth) for _ in range(self.random.randrange(4))]
        return self.random.choice([f"[{', '.join(members)}]", self.leaf("set")])

    def record(self, depth: int) -> str:
        first, second = self.write("long", depth), self.write(self.random.choice(KINDS), depth)
        return self.random.choice([f"{{a: {first}, b: {second}}}", self.leaf("record")])

    def string(self, _: int) -> str:
        return self.leaf("string")

    def decimal(self, _: int) -> str:
        return self.leaf("decimal")

    def ip(self, _: int) -> str:
        return self.leaf("ip")

    def entity(self, _: int) -> str:
        return self.leaf("entity")

    def datetime(self, depth: int) -> str:
        at = self.write("datetime", depth)
        return self.random.choice(
            [f"{at}.offset({self.write('duration', depth)})", f"{at}.toDate()", self.leaf("datetime")]
        )

    def duration(self, depth: int) -> str:
        at, other = self.write("datetime", depth), self.write("datetime", depth)
        return self.random.choice([f"{at}.durationSince({other})", f"{at}.toTime()", self.leaf("duration")])

    def context(self) -> dict[str, Any]:
        extension = lambda fn, *texts: {"__extn": {"fn": fn, "arg": self.random.choice(texts)}}  # noqa: E731
        choice = self.random.choice
        context: dict[str, Any] = {
            "flag": choice([True, False]),
            "n": choice([0, 1, -1, 3, 2**63 - 1]),
            "s": choice(["", "a", "eve", "xaybzc", "é\n", "ab*c"]),
            "labels": self.random.sample(["a", "eve", "untrusted", ""], self.random.randrange(4)),
            "mixed": self.random.sample(
                [1, True, 0, False, "a", [1], {"a": 1}, {"a": True}], self.random.randrange(5)
            ),
            "at": extension("datetime", "2026-01-31", "2026-01-31T10:00:00Z"),
            "for": extension("duration", "1h30m", "-2d", "0s"),
            "ip": extension("ip", "10.0.0.1", "::1", "10.2.0.0/16", "224.0.0.1"),
            "who": {"__entity": {"type": "Agent", "id": choice(["ada", "bob", "nobody"])}},
            "args": {
                "to": choice(["eve", "a", "x y"]),
                "count": choice([0, 3, -7]),
                "amount": extension("decimal", "1.5", "0.0001", "-3.1234"),
                "dry": choice([True, False]),
                "tags": self.random.sample(["a", "b", "eve"], self.random.randrange(3)),
            },
        }
        for name in list(context):
            if self.random.random() < self.lost:
                del context[name]
        return context

    def request(self) -> dict[str, Any]:
        choice = self.random.choice
        return {
            "principal": dict(zip(("type", "id"), choice(AGENTS), strict=True)),
            "action": {"type": "Action", "id": choice(["refund", "mail"])},
            "resource": dict(zip(("type", "id"), choice(TOOLS), strict=True)),
            "context": self.context(),
        }


CONTEXT = Shape(
    Type.RECORD,
    None,
    {
        "flag": Attribute(BOOL),
        "n": Attribute(LONG),
        "s": Attribute(STRING),
        "labels": Attribute(STRINGS),
        "at": Attribute(Shape(Type.DATETIME)),
        "for": Attribute(Shape(Type.DURATION)),
        "ip": Attribute(Shape(Type.ADDRESS)),
        "who": Attribute(Shape(Type.ENTITY)),
        "maybe": Attribute(LONG, required=False),
        "args": Attribute(
            Shape(
                Type.RECORD,
                None,
                {
                    "to": Attribute(STRING),
                    "count": Attribute(LONG),
                    "amount": Attribute(DECIMAL),
                    "dry": Attribute(BOOL),
                    "tags": Attribute(STRINGS),
                    "rate": Attribute(DECIMAL, required=False),
                },
            )
        ),
    },
)
"""What every context of the fast mode keeps to; `maybe` and `args.rate` may be missing."""
AGENT = {"type": "Entity", "name": "Agent"}
TEXT, NUMBER = {"type": "String"}, {"type": "Long"}


def schema() -> cedarpy.Schema:
    """The same as Cedar's own schema, with the entities the requests speak of."""
    context = as_json(CONTEXT)
    context["attributes"]["who"] = {**AGENT, "required": True}
    applies = {"principalTypes": ["Agent"], "resourceTypes": ["Tool"], "context": context}
    optional = {"required": False}
    types = {
        "Role": {
            "memberOfTypes": ["Role"],
            "shape": {"type": "Record", "attributes": {"n": {**NUMBER, **optional}}},
        },
        "Agent": {
            "memberOfTypes": ["Role", "Agent"],
            "shape": {
                "type": "Record",
                "attributes": {
                    "owner": {**TEXT, **optional},
                    "level": {**NUMBER, **optional},
                    "boss": {**AGENT, **optional},
                },
            },
            "tags": {"type": "String"},
        },
        "Tool": {"shape": {"type": "Record", "attributes": {"egress": {"type": "Boolean", **optional}}}},
    }
    actions = {"all": {}} | {
        name: {"memberOf": [{"id": "all"}], "appliesTo": applies} for name in ("refund", "mail")
    }
    return cedarpy.Schema.from_json_str(json.dumps({"": {"entityTypes": types, "actions": actions}}))


class TypedWriter(Writer):
    """Writes what strict validation mostly takes: well typed, guarded where something may be missing."""

    stray = lost = 0.0
    attributes: ClassVar = {
        **ATTRIBUTES,
        "bool": ["context.flag", '(principal in Role::"root")', '(action in Action::"all")'],
        "long": [
            "context.n",
            "context.args.count",
            "(if context has maybe then context.maybe else 7)",
            "(if principal has level then principal.level else 0)",
        ],
        "string": [
            "context.s",
            "context.args.to",
            '(if principal.hasTag("team") then principal.getTag("team") else "none")',
        ],
        "decimal": [
            "context.args.amount",
            '(if context.args has rate then context.args.rate else decimal("9.5"))',
        ],
        "entity": ["context.who"],
        "set": ["context.labels", "context.args.tags"],
        "record": ["{a: 1, b: true}", "{a: context.n, b: context.flag}"],
    }  # fmt: skip
    literals: ClassVar = {
        **{kind: [one for one in some if not BAD.search(one)] for kind, some in LITERALS.items()},
        "entity": ["principal", 'Agent::"ada"', 'Agent::"bob"', "context.who"],
    }

    def valid(self, count: int) -> str:
        """So many policies that strict validation takes."""
        found: list[str] = []
        while len(found) < count:
            some = [self.policy() for _ in range(4 * count)]
            wrong = cedarpy.validate_policies("\n".join(some), SCHEMA).errors
            bad = {int(str(one.policy_id).removeprefix("policy")) for one in wrong}
            found += [text for n, text in enumerate(some) if n not in bad]
        return "\n".join(found[:count])

    def leaf(self, kind: str) -> str:
        if kind == "set":
            return self.random.choice(['["a", "eve"]', '["b"]', *self.attributes["set"]])
        return super().leaf(kind)

    def set(self, depth: int) -> str:
        members = [self.write("string", depth) for _ in range(self.random.randrange(1, 4))]
        return self.random.choice([f"[{', '.join(members)}]", self.leaf("set")])

    def record(self, depth: int) -> str:
        return f"{{a: {self.write('long', depth)}, b: {self.write('bool', depth)}}}"

    def contained(self, _: str, depth: int) -> str:
        return self.write("string", depth)

    def context(self) -> dict[str, Any]:
        context = super().context()
        del context["mixed"]
        if self.random.random() < 0.5:
            context["maybe"] = self.random.choice([0, 3, 2**63 - 1])
        if self.random.random() < 0.5:
            context["args"]["rate"] = {"__extn": {"fn": "decimal", "arg": "0.25"}}
        return context


SCHEMA = schema()


def value(plain: Any) -> Any:
    """Cedar's JSON form of a value as ours."""
    match plain:
        case {"__entity": entity}:
            return Entity(entity["type"], entity["id"])
        case {"__extn": {"fn": fn, "arg": text}}:
            return EXTENSION_PARSERS[fn](text)
        case dict():
            return Record((name, value(inner)) for name, inner in plain.items())
        case list():
            return make_set(map(value, plain))
        case _:
            return plain


def world() -> dict[Entity, Node]:
    """The entities as ours, ancestors closed over."""
    parents = {
        value({"__entity": e["uid"]}): [value({"__entity": p}) for p in e["parents"]] for e in ENTITIES
    }

    def above(entity: Entity) -> set[Entity]:
        return {entity}.union(*(above(parent) for parent in parents.get(entity, ())))

    return {
        (uid := value({"__entity": e["uid"]})): Node(
            value(e["attrs"]), value(e.get("tags", {})), frozenset(above(uid))
        )
        for e in ENTITIES
    }


def ours(judge: Any, request: dict[str, Any]) -> tuple[bool, set[str], set[str]]:
    principal, resource = (Entity(**request[name]) for name in ("principal", "resource"))
    known = world_once
    groups = [known[e].ancestors if e in known else frozenset([e]) for e in (principal, resource)]
    permits, forbids, failed = judge(
        principal, groups[0], resource, groups[1], value(request["context"]), known
    )
    allowed = bool(permits) and not forbids
    determining = forbids or permits
    return allowed, {p.id for p in determining}, {p.id for p in failed}


def theirs(result: Any, names: dict[str, str]) -> tuple[bool, set[str], set[str]]:
    failed = {
        names[name] for name in names if any(f"`{name}`" in error for error in result.diagnostics.errors)
    }
    return result.allowed, {names[reason] for reason in result.diagnostics.reasons}, failed


world_once = world()


def compare(seed: int, *, fast: bool) -> tuple[int, int, int]:
    """One policy set, many requests; returns how many were judged, allowed, and had failing policies."""
    writer = TypedWriter(seed) if fast else Writer(seed)
    text = writer.valid(POLICIES) if fast else "\n".join(writer.policy() for _ in range(POLICIES))
    policies = parse(text, source="generated")
    REACHED.update(operators(policy) for policy in policies)
    names = {f"policy{n}": policy.id for n, policy in enumerate(policies)}
    judges = {name: judge_of(policies, name, fast=fast) for name in ("refund", "mail")}
    short = {name: permits_of(policies, name) for name in ("refund", "mail")} if fast else {}
    requests = [writer.request() for _ in range(REQUESTS)]
    results = cedarpy.is_authorized_batch(requests, cedarpy.PolicySet.from_str(text), json.dumps(ENTITIES))
    allowed = failing = 0
    for request, result in zip(requests, results, strict=True):
        if fast:
            # The short way knows only plain permission; where a policy fails it must not say yes.
            permits = permitted(short[request["action"]["id"]], request)
            assert permits == (result.allowed and not result.diagnostics.errors), (
                f"seed {seed}\n{text}\n{request}"
            )
        mine, stock = ours(judges[request["action"]["id"]], request), theirs(result, names)
        assert mine == stock, f"seed {seed}\n{text}\n{json.dumps(request)}\nours {mine}\nstock {stock}"
        allowed += mine[0]
        failing += bool(mine[2])
    return len(requests), allowed, failing


def judge_of(policies: tuple[Policy, ...], name: str, *, fast: bool) -> Judge:
    action = Entity("Action", name)
    groups = world_once[action].ancestors
    if fast:
        return compile_fast(policies, action=action, groups=groups, context=CONTEXT)
    return compile_checked(policies, action=action, groups=groups)


def permits_of(policies: tuple[Policy, ...], name: str) -> Permits:
    action = Entity("Action", name)
    return compile_permits(policies, action=action, groups=world_once[action].ancestors, context=CONTEXT)


def permitted(permits: Permits, request: dict[str, Any]) -> bool:
    principal, resource = (Entity(**request[name]) for name in ("principal", "resource"))
    groups = [world_once[e].ancestors if e in world_once else frozenset([e]) for e in (principal, resource)]
    try:
        return permits(principal, groups[0], resource, groups[1], value(request["context"]), world_once)
    except Exception:
        return False


def operators(policy: Policy) -> frozenset[str]:
    """Every operator of Cedar's JSON form that a policy uses."""
    found: set[str] = set()

    def walk(form: Any) -> None:
        if isinstance(form, list):
            for one in form:
                walk(one)
        elif isinstance(form, dict):
            found.update(form)
            for one in form.values():
                walk(one)

    for clause in policy.conditions:
        walk(clause.body)
    return frozenset(found & EVERY_OPERATOR)


EVERY_OPERATOR = frozenset({*WRITERS, *UNARY, *BINARY})


def judge_many(*, fast: bool) -> tuple[int, int, int, frozenset[str]]:
    REACHED.clear()
    judged, allowed, failing = map(sum, zip(*(compare(seed, fast=fast) for seed in range(SETS)), strict=True))
    return judged, allowed, failing, frozenset().union(*REACHED)


REACHED: set[frozenset[str]] = set()


def test_checked_cedar_equals_stock_cedar() -> None:
    judged, allowed, failing, reached = judge_many(fast=False)
    assert judged >= 10_000
    assert reached == EVERY_OPERATOR
    # A generator that never allows or never fails would prove little.
    assert allowed > judged // 20
    assert failing > judged // 20


def test_fast_cedar_equals_stock_cedar_for_what_was_validated() -> None:
    judged, allowed, failing, reached = judge_many(fast=True)
    assert judged >= 10_000
    assert reached == EVERY_OPERATOR
    assert allowed > judged // 20
    # What was validated still fails: numbers grow out of their 64 bits, instants out of their calendar.
    assert failing > judged // 100
