"""Rows of `shared/data/secrets` whose label no honest detector can be held to, and why.

They count in every figure but one: the group `undisputed` leaves them out, found or not. Classes that can be
told by the name of a rule apply to both parts. Single rows were listed by reading: rows of the
development part, and the texts without a secret, which were all read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from holdfast.decision.content.measuring import Corpus

_WHOLE: Final = "holds a whole credential: its rule wanted other lines beside it"
_NOTHING: Final = "holds no credential"
_PLACE: Final = "the name of a host, an account, an application or a user: it opens nothing"
_SAMPLE: Final = "says EXAMPLE, YOUR or XXXX in the value: what texts without a secret are known by"

_place = re.compile(
    r"(?:Domain|Username|Org Name|Account ID|Account Name|Application ID|Bot ID|Bucket|"
    r"(?:Instance|JFrog|Search) URL|Resource Name|Recipient .*)\Z"
).search
_READ: Final[Mapping[str, str]] = {
    "noseyparker/np.auth0.1/n0": _WHOLE,
    "noseyparker/np.gitalk.1/n1": _WHOLE,
    "noseyparker/np.mongodb.1/n0": _WHOLE,
    "noseyparker/np.generic.4/n0": "np.generic.4/p1 lists the same password behind the same user as a secret",
    "gitleaks/aws-access-token/tps2": _NOTHING,
    "gitleaks/etsy-access-token/tps0": _NOTHING,
    "gitleaks/etsy-access-token/tps2": _NOTHING,
    "gitleaks/gcp-service-account/tps0": _NOTHING,
    "kingfisher/kingfisher.gcp.1/p1": _NOTHING,
    "credsweeper/doc_passwd_pair/56/Password": _NOTHING,
    "credsweeper/docker/2/Docker Access Token": _SAMPLE,
    "gitleaks/aws-access-token/tps1": _SAMPLE,
    "gitleaks/aws-amazon-bedrock-api-key-long-lived/tps0": _SAMPLE,
    "kingfisher/kingfisher.auth0.2/p1": _SAMPLE,
    "kingfisher/kingfisher.hiveage.1/p1": _SAMPLE,
}


def annotate(corpus: Corpus) -> Corpus:
    """The corpus, its disputed rows saying so."""
    if corpus.detector != "secret":
        return corpus
    return msgspec.structs.replace(corpus, rows=tuple(_annotated(row) for row in corpus.rows))


def _annotated(row: Mapping[str, Any]) -> Mapping[str, Any]:
    reason = _READ.get(str(row["id"]), "")
    if not reason and row["label"] == "secret":
        reason = _PLACE if _place(str(row.get("kind", ""))) else ""
    return {**row, "disputed": reason} if reason else row
