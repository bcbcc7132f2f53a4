"""The Cedar schema that contracts imply: a policy that names what does not exist is a load error."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from holdfast.decision.cedar import Policy, Shape, Type, complain, did_you_mean
from holdfast.decision.culprit import find_culprit
from holdfast.errors import PolicySyntaxError

if TYPE_CHECKING:
    import cedarpy

TEXT: Final = {"type": "String"}
FLAG: Final = {"type": "Boolean"}


def _entity(*parents: str, **attributes: Mapping[str, str]) -> dict[str, Any]:
    return {"memberOfTypes": list(parents), "shape": {"type": "Record", "attributes": attributes}}


_unknown = re.compile(
    r"attribute `(?P<name>[^`]+)` (?:in context for .*|on entity type `(?P<type>\w+)`) not found"
    r"|unrecognized entity type `(?P<kind>\w+)`"
).search

ENTITY_TYPES: Final = {
    "Agent": _entity("Role", name=TEXT, owner=TEXT),
    "Role": {},
    "Tool": _entity(name=TEXT, effect=TEXT, egress=FLAG, reversible=FLAG, environment=TEXT),
    "Model": _entity("Provider", name=TEXT),
    "Provider": {},
    "Memory": _entity(name=TEXT),
}
"""Every entity type that policies can name."""


def validate(
    policies: Iterable[Policy], *, action: str, groups: Iterable[str], resource: str, context: Shape
) -> None:
    """Check the policies about one action strictly against its types.

    Raises:
        PolicySyntaxError: at the file, line and column of the first policy that does not fit.
    """
    import cedarpy

    policies = list(policies)
    if not policies:
        return
    named = {name for policy in policies for name in named_actions(policy.form["conditions"])}
    schema = make_schema(action, groups, resource, context, named)

    def check(forms: Iterable[Mapping[str, Any]]) -> list[tuple[int, str]]:
        """What is wrong, and with which of the policies."""
        # Narrowed to this one action, so that a rule about several tools is checked against each of them.
        narrowed = {"op": "==", "entity": {"type": "Action", "id": action}}
        static = {f"p{n:06}": {**form, "action": narrowed} for n, form in enumerate(forms)}
        said: dict[str, Any] = {"staticPolicies": static, "templates": {}, "templateLinks": []}
        text = cedarpy.policies_from_json_str(json.dumps(said))
        found = cedarpy.validate_policies(text, schema).errors  # pyright: ignore[reportUnknownMemberType]  # a bare dict
        return [(int(str(one.policy_id).removeprefix("policy")), str(one.error)) for one in found]

    for n, message in check([policy.form for policy in policies]):
        policy = policies[n]
        raise _refused(policy, message, action, context, needle=find_culprit(policy, message, check))


def make_schema(
    action: str, groups: Iterable[str], resource: str, context: Shape, named: Iterable[str] = ()
) -> cedarpy.Schema:
    """The schema of one action: its groups, its resource and its context."""
    import cedarpy

    applies = {"principalTypes": ["Agent"], "resourceTypes": [resource], "context": as_json(context)}
    actions: dict[str, Any] = {name: {} for name in (*groups, *named)}
    actions[action] = {"memberOf": [{"id": group} for group in groups], "appliesTo": applies}
    return cedarpy.Schema.from_json_str(json.dumps({"": {"entityTypes": ENTITY_TYPES, "actions": actions}}))


def as_json(shape: Shape) -> dict[str, Any]:
    """A shape in the JSON form of Cedar's schemas."""
    match shape.type:
        case Type.RECORD:
            attributes = {
                name: {**as_json(attribute.shape), "required": attribute.required}
                for name, attribute in shape.attributes.items()
            }
            return {"type": "Record", "attributes": attributes}
        case Type.SET:
            return {"type": "Set", "element": as_json(shape.element or Shape(Type.STRING))}
        case Type.BOOL | Type.LONG | Type.STRING:
            return {"type": str(shape.type)}
        case _:
            return {"type": "Extension", "name": str(shape.type)}


def named_actions(form: Any) -> Iterator[str]:
    """The actions that a condition mentions."""
    if isinstance(form, list):
        for one in cast("list[Any]", form):
            yield from named_actions(one)
    elif isinstance(form, dict):
        inner = cast("dict[str, Any]", form)
        if inner.get("type") == "Action" and "id" in inner:
            yield str(inner["id"])
        for one in inner.values():
            yield from named_actions(one)


def _refused(policy: Policy, message: str, action: str, context: Shape, *, needle: str) -> PolicySyntaxError:
    error = complain(policy, message, needle=needle)
    meant = _meant(message, context)
    error.hint = f"{meant} (rule {policy.id}, checked against {action})".lstrip()
    return error


def _meant(message: str, context: Shape) -> str:
    """What a name that does not exist was perhaps meant to be; empty when it is about something else."""
    found = _unknown(message)
    if found is None:
        return ""
    if found["kind"]:
        return did_you_mean(found["kind"], ENTITY_TYPES)
    *path, last = found["name"].split(".")
    if found["type"]:
        return did_you_mean(last, ENTITY_TYPES.get(found["type"], {}).get("shape", {}).get("attributes", ()))
    shape = context
    for name in path:
        inner = shape.attributes.get(name)
        if inner is None:
            return ""
        shape = inner.shape
    return did_you_mean(last, shape.attributes)
