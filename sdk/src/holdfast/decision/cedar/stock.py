"""The same question put to stock Cedar: an engine of others' making that must come to the same answer."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple, cast

from holdfast.decision.cedar.compiler import Judged
from holdfast.decision.cedar.operations import Node, World
from holdfast.decision.cedar.spelling import spell_value
from holdfast.decision.cedar.syntax import Policy
from holdfast.decision.cedar.values import Address, Datetime, Decimal, Duration, Entity, KeyedRecord, Record

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_policy = re.compile(r"`(policy\d+)`").findall


class Answer(NamedTuple):
    """What an engine says of one request."""

    allowed: bool
    deciding: frozenset[str]
    """Ids of the policies that decide: the forbids that hold, else the permits."""
    failing: frozenset[str]
    """Ids of the policies that could not be evaluated."""

    @property
    def told(self) -> tuple[str, ...]:
        """The answer as names: `allow` or `deny`, who decides, who fails."""
        failing = (f"error:{one}" for one in sorted(self.failing))
        return ("allow" if self.allowed else "deny", *sorted(self.deciding), *failing)


class Stock:
    """Stock Cedar over the policies about one action."""

    def __init__(self, policies: Iterable[Policy], *, action: Entity, groups: frozenset[Entity]) -> None:
        import cedarpy

        policies = tuple(policies)
        # In the order of their names, which is the order in which the text numbers them.
        forms = {f"p{n:06}": policy.form for n, policy in enumerate(policies)}
        text = json.dumps({"staticPolicies": forms, "templates": {}, "templateLinks": []})
        self._policies = cedarpy.PolicySet.from_str(cedarpy.policies_from_json_str(text))
        self._ids = [policy.id for policy in policies]
        self._action = action
        self._groups = groups

    def judge(self, principal: Entity, resource: Entity, context: Mapping[str, Any], world: World) -> Answer:
        """What stock Cedar says of a request."""
        import cedarpy

        known = {entity: world[entity] for entity in (principal, resource) if entity in world}
        above = {group for node in known.values() for group in node.ancestors} | self._groups
        entities = [_entity(entity, node) for entity, node in known.items()]
        entities.append(_plain_entity(self._action, self._groups - {self._action}))
        entities += [_plain_entity(one, ()) for one in above - {*known, self._action}]
        request = {
            "principal": _uid(principal),
            "action": _uid(self._action),
            "resource": _uid(resource),
            "context": {name: as_json(value) for name, value in context.items()},
        }
        result = cedarpy.is_authorized(request, self._policies, json.dumps(entities))  # pyright: ignore[reportUnknownMemberType]  # a bare dict
        reasons = [str(one) for one in result.diagnostics.reasons]
        errors = " ".join(str(one) for one in result.diagnostics.errors)
        return Answer(
            result.allowed,
            frozenset(self._name(one) for one in reasons),
            frozenset(self._name(one) for one in _policy(errors)),
        )

    def _name(self, name: str) -> str:
        return self._ids[int(name.removeprefix("policy"))]


def answer_of(judged: Judged) -> Answer:
    """What our own engine said, in the same terms."""
    permits, forbids, failed = judged
    ids = [frozenset(policy.id for policy in some) for some in (forbids or permits, failed)]
    return Answer(bool(permits) and not forbids, *ids)


def as_json(value: Any) -> Any:
    """One of our values in the JSON form that stock Cedar reads.

    Raises:
        KeyError: there is none for its type.
    """
    kind: Any = cast("object", type(value))
    return FORMS[kind](value)


def _address(value: Address) -> dict[str, Any]:
    kind = ipaddress.IPv4Address if value.version == 4 else ipaddress.IPv6Address
    return _extension("ip", f"{kind(value.number)}/{value.prefix}")


def _members(value: frozenset[Any]) -> list[Any]:
    # As an element of a set, a value whose type equals another in Python stands beside its type's name.
    return [as_json(UNKEYED[one[0]](one[1])) if type(one) is tuple else as_json(one) for one in value]


def _record(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: as_json(inner) for name, inner in value.items()}


def _instant(milliseconds: int) -> str:
    moment = EPOCH + timedelta(milliseconds=milliseconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1_000:03}Z"


def _extension(name: str, text: str) -> dict[str, Any]:
    return {"__extn": {"fn": name, "arg": text}}


def _uid(entity: Entity) -> dict[str, str]:
    return {"type": entity.type, "id": entity.id}


def _entity(entity: Entity, node: Node) -> dict[str, Any]:
    attributes = {name: as_json(value) for name, value in node.attributes.items()}
    tags = {name: as_json(value) for name, value in node.tags.items()}
    return {**_plain_entity(entity, node.ancestors - {entity}), "attrs": attributes, "tags": tags}


def _plain_entity(entity: Entity, parents: Iterable[Entity]) -> dict[str, Any]:
    return {"uid": _uid(entity), "attrs": {}, "parents": [_uid(one) for one in parents]}


FORMS: Final[Mapping[type, Callable[[Any], Any]]] = {
    bool: bool,
    int: int,
    str: str,
    Decimal: lambda value: _extension("decimal", spell_value(value)),
    Datetime: lambda value: _extension("datetime", _instant(int(value))),
    Duration: lambda value: _extension("duration", f"{int(value)}ms"),
    Address: _address,
    Entity: lambda value: {"__entity": _uid(value)},
    frozenset: _members,
    Record: _record,
    dict: _record,
    KeyedRecord: lambda value: {name: as_json(inner) for name, inner in value},
}
UNKEYED: Final[Mapping[str, type]] = {
    "bool": bool,
    "Decimal": Decimal,
    "Datetime": Datetime,
    "Duration": Duration,
}
