"""Where calls and messages may go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, ClassVar, Literal

import msgspec

from holdfast.action import Contract
from holdfast.decision.pack.preset import (
    Guarded,
    Role,
    Some,
    Word,
    both,
    either,
    labelled,
    one_of,
    quote,
    quote_all,
    unless_stated,
)

Name = Annotated[str, msgspec.Meta(pattern=r"^(\*\.)?[^\s*]{1,253}$")]
"""A host or a domain; `*.` in front stands for everything below it."""
Names = Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
AddressClass = Literal[
    "public", "private", "loopback", "link-local", "metadata", "reserved", "unknown", "name"
]
Shape = Literal[
    "base64", "hex", "data-uri", "url", "url-data", "image-link", "markup", "invisible", "mixed-script"
]


class AllowedHosts(Guarded, frozen=True, kw_only=True):
    """URLs of these hosts only."""

    category: ClassVar[str] = "network"
    example: ClassVar[str] = "{hosts: [api.corp.example, '*.docs.example']}"
    reads: ClassVar[str] = "`context.derived.url_hosts`, with patterns `context.hosts_outside[…]`"
    exceeds: ClassVar[str] = (
        "every form a client would accept is brought into one: user names, back slashes, look-alikes"
    )

    hosts: Names

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = outside(self.hosts, "url_hosts", "hosts_outside")
        yield self.refuse(rule, when, "A URL points outside of the allowed hosts.")


class BlockedAddresses(Guarded, frozen=True, kw_only=True):
    """No address inside of the house, of the machine itself, or where clouds hand out credentials."""

    category: ClassVar[str] = "network"
    example: ClassVar[str] = "{tools: [fetch, browse]}"
    reads: ClassVar[str] = "`context.derived.address_classes`"
    exceeds: ClassVar[str] = (
        "decimal, octal, hexadecimal, mapped and rebinding forms of an address are one address"
    )

    classes: Annotated[tuple[AddressClass, ...], msgspec.Meta(min_length=1)] = (
        "private",
        "loopback",
        "link-local",
        "metadata",
        "reserved",
        "unknown",
    )

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = f"context.derived.address_classes.containsAny({quote_all(self.classes)})"
        yield self.refuse(rule, when, "A URL points at an address that may not be reached.")


class UrlSchemes(Guarded, frozen=True, kw_only=True):
    """URLs of these schemes and ports only."""

    category: ClassVar[str] = "network"
    example: ClassVar[str] = "{schemes: [https], ports: [443]}"
    reads: ClassVar[str] = "`context.derived.url_schemes`, `context.derived.url_ports`"
    exceeds: ClassVar[str] = "a port that the scheme implies is judged like one that is written"

    schemes: Some = ("https",)
    ports: tuple[int, ...] = ()

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        schemes = f"!({quote_all(self.schemes)}.containsAll(context.derived.url_schemes))"
        listed = ", ".join(map(str, self.ports))
        ports = f"!([{listed}].containsAll(context.derived.url_ports))" if self.ports else ""
        yield self.refuse(rule, either(schemes, ports), "A URL has a scheme or a port that is not allowed.")


class ExternalRecipients(Guarded, frozen=True, kw_only=True):
    """Mail addresses outside of these domains."""

    category: ClassVar[str] = "communication"
    example: ClassVar[str] = "{allowed_domains: [corp.example, '*.corp.example']}"
    reads: ClassVar[str] = "`context.derived.recipient_domains`, with patterns `context.domains_outside[…]`"
    exceeds: ClassVar[str] = (
        "a recipient that cannot be read is outside; letters that look alike are other letters"
    )

    allowed_domains: Names
    otherwise: Literal["approve", "deny", "halt"] = "approve"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = outside(self.allowed_domains, "recipient_domains", "domains_outside")
        yield self.refuse(rule, when, "A recipient is outside of the allowed domains.")


class RecipientLimit(Guarded, frozen=True, kw_only=True):
    """So many recipients in one call at most."""

    category: ClassVar[str] = "communication"
    example: ClassVar[str] = "{max: 20, effects: [send]}"
    reads: ClassVar[str] = "`context.derived.recipient_count`"
    exceeds: ClassVar[str] = "counted over every argument but the payload, each address once"

    max: Annotated[int, msgspec.Meta(ge=0)]

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = f"context.derived.recipient_count > {self.max}"
        yield self.refuse(rule, when, f"One message may go to {self.max} recipients at most.")


class FirstContact(Guarded, frozen=True, kw_only=True):
    """Recipients whom neither the person nor a trusted tool has named, outside of known domains."""

    category: ClassVar[str] = "first_contact"
    example: ClassVar[str] = "{known_domains: [corp.example], effects: [send]}"
    reads: ClassVar[str] = "`context.derived.new_domains`"
    exceeds: ClassVar[str] = (
        "who may choose a recipient is followed through the session, not listed in advance"
    )

    known_domains: tuple[Word, ...] = ()
    otherwise: Literal["approve", "deny", "halt"] = "approve"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        domains = quote_all(one.lower() for one in self.known_domains)
        known = f"{domains}.containsAll(context.derived.new_domains)" if self.known_domains else ""
        # Cedar's strict types know no empty set: without known domains, every new one counts.
        when = f"!({known})" if known else "!context.derived.new_domains.isEmpty()"
        yield self.refuse(rule, when, "Nobody entitled has named this recipient.")


class OutputFormat(Guarded, frozen=True, kw_only=True):
    """Shapes that carry data out unseen may not leave."""

    category: ClassVar[str] = "output_format"
    example: ClassVar[str] = "{shapes: [base64, hex, data-uri, url-data, image-link]}"
    reads: ClassVar[str] = "`context.derived.shapes` of what leaves the house"
    exceeds: ClassVar[str] = "links that carry more than an address, pictures that fetch, invisible text"

    shapes: Annotated[tuple[Shape, ...], msgspec.Meta(min_length=1)] = (
        "base64",
        "hex",
        "data-uri",
        "url-data",
        "image-link",
        "invisible",
    )

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        chosen = self.tools or self.effects
        when = f"context.derived.shapes.containsAny({quote_all(self.shapes)})"
        told = f"Text of this shape may not leave: {', '.join(self.shapes)}."
        yield self.refuse(rule, both("" if chosen else "context.egress", when), told)


class HiddenText(Guarded, frozen=True, kw_only=True):
    """No characters that nobody sees, and no words of several alphabets, in any argument."""

    category: ClassVar[str] = "hidden_text"
    example: ClassVar[str] = "{}"
    reads: ClassVar[str] = "`context.derived.shapes`"
    exceeds: ClassVar[str] = "before the arguments are shown to a person, who could not see it either"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        when = 'context.derived.shapes.containsAny(["invisible", "mixed-script"])'
        yield self.refuse(rule, when, "The text holds characters that nobody sees, or letters that mislead.")


class DataResidency(Guarded, frozen=True, kw_only=True):
    """Data stays in these regions: models, tools and whatever the program states."""

    category: ClassVar[str] = "data_residency"
    example: ClassVar[str] = "{regions: [eu], models: {'eu-gateway/*': eu}, labels: [pii]}"
    reads: ClassVar[str] = "the model's or tool's name, labels, the fact `region`"
    exceeds: ClassVar[str] = "by the labels of what the session has read; what has no region is refused"

    regions: Some
    models: Mapping[str, Word] = {}
    """Region of each model, by its name, with `*`; one without a region is outside."""
    labels: tuple[Word, ...] = ()
    """Only for sessions that hold one of these; without any, for all."""
    approver: Role = "owner"

    def write(self, rule: str, contract: Contract | None) -> Iterator[str]:
        del contract
        held = labelled(self.labels)
        inside = [
            f"resource.name like {quote(name)}"
            for name, region in self.models.items()
            if region in self.regions
        ]
        stated = unless_stated("region", one_of(self.regions))
        told = f"Data must stay in {', '.join(self.regions)}."
        outside = both(f"!({' || '.join(inside)})" if inside else "", stated)
        model = 'action == Action::"holdfast:model"'
        yield self.refuse(f"{rule}/model", both(held, outside), told, action=model)
        chosen = self.tools or self.effects
        leaving = both("" if chosen else "context.egress", held, stated)
        yield self.refuse(f"{rule}/tool", leaving, told)


def outside(names: Iterable[str], derived: str, question: str) -> str:
    """`some host or domain is none of these`; only patterns need more than a set."""
    names = tuple(name.lower() for name in names)
    if any("*" in name for name in names):
        return f"context.{question}[{quote(' '.join(names))}]"
    return f"!({quote_all(names)}.containsAll(context.derived.{derived}))"
