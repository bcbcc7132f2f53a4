"""The catalogue of fields, for readers."""

from __future__ import annotations

from holdfast_server.insight.search.fields import NOUNS
from holdfast_server.insight.search.found import FieldView, NounList, NounView


def list_nouns() -> NounList:
    """Everything that can be searched, with every field a query may name."""
    return NounList(
        items=[
            NounView(
                noun=noun.name,
                about=noun.about,
                fields=[
                    FieldView(key=field.key, kind=field.kind, about=field.about, choices=list(field.choices))
                    for field in noun.fields.values()
                ],
                free_text=list(noun.texts),
            )
            for noun in NOUNS.values()
        ]
    )
