"""Keys and tokens that say what they are: a prefix their maker chose, then so many characters of such a kind.

A pattern is tried only where one of its heads begins a run of characters, so that hundreds cost little more
than one. All are linear. Sources: what the makers document of their own formats.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from holdfast.decision.content.checksums import crc32_base62
from holdfast.decision.content.finding import Family, Finding
from holdfast.decision.content.shapes import entropy, is_made_up

HEAD: Final = 2
"""So many characters are looked up before any pattern is tried."""
_BACK_MAX: Final = 20
"""A head that ends in a dot stands so far before the run it belongs to, at most."""

_W: Final = r"[\w-]"
_A: Final = r"[A-Za-z0-9]"
_H: Final = r"[0-9a-f]"
_END: Final = r"(?![A-Za-z0-9])"
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"

_HEADED: Final[tuple[tuple[str, str, str], ...]] = (
    ("anthropic-key", "sk-ant-", rf"[a-z]{{2,6}}\d\d-{_W}{{20,}}"),
    ("openai-key", "sk-",
        rf"(?:proj|svcacct|admin|None)-{_W}{{20,}}|(?:[a-z0-9]{{2,12}}-)?{_A}{{20,}}{_END}"),
    ("provider-key", "sk-", rf"or-v1-{_H}{{40,}}|lf-{_UUID}"),
    ("stripe-key", "sk_ rk_", rf"(?:live|test|prod)_{_A}{{10,}}"),
    ("provider-key", "sk_ pk_",
        rf"[a-z0-9]{{32,}}{_END}|(?:live|test|prod)_{_A}{{20,}}|\d{{6,10}}_[A-Z0-9]{{32}}"),
    ("provider-key", "whsec_", rf"{_A}{{24,}}"),
    ("google-key", "AIzaSy", rf"{_W}{{33}}(?![\w-])"),
    ("google-key", "GOCSPX-", rf"{_W}{{24,}}"),
    ("google-key", "ya29.", rf"{_W}{{20,}}"),
    ("google-key", "1//0", rf"{_W}{{40,}}"),
    ("aws-key-id", "AKIA ASIA ABIA ACCA", rf"[A-Z0-9]{{16}}{_END}"),
    ("aws-key-id", "A3T", rf"[A-Z0-9]{{17}}{_END}"),
    ("aws-key", "ABSK", r"[A-Za-z0-9+/]{100,}={0,2}"),
    ("aws-key", "bedrock-api-key-", rf"{_A}{{20,}}"),
    ("aws-key", "amzn.mws.", r"[0-9a-z]{8}(?:-[0-9a-z]{4}){3}-[0-9a-z]{12}"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", rf"{_A}{{36,}}"),
    ("github-token", "github_pat_", r"\w{30,}"),
    ("gitlab-token",
        ("glpat- gldt- glrt- glrtr- glptt- glcbt- glft- glimt- glsoat- glagent- gloas- glf"
        "fct-"), r"[\w.-]{20,}"),
    ("gitlab-token", "GR1348941", rf"{_W}{{20,}}"),
    ("gitlab-token", "_gitlab_session=", rf"{_H}{{32}}"),
    ("slack-token", "xoxa- xoxb- xoxe- xoxo- xoxp- xoxr- xoxs-", rf"\d{{4,}}-{_W}{{6,}}|{_W}{{20,}}"),
    ("slack-token", "xoxe.xox", rf"[bp]-\d-{_W}{{40,}}"),
    ("slack-token", "xapp-", rf"\d-{_W}{{20,}}"),
    ("sendgrid-key", "SG.", rf"{_W}{{16,}}\.{_W}{{16,}}"),
    ("mail-key", "key-", rf"{_H}{{32}}{_END}"),
    ("mail-key", "xkeysib- xsmtpsib-", rf"{_H}{{64}}-{_A}{{16}}"),
    ("vault-token", "hvs. hvb. hvr.", rf"{_W}{{24,}}"),
    ("vault-token", "s.", rf"(?=[A-Za-z]*\d){_A}{{24}}(?![\w.(-])"),
    ("npm-token", "npm_", rf"{_A}{{36}}"),
    ("registry-token", "pypi-AgE", rf"{_W}{{40,}}"),
    ("registry-token", "dckr_pat_ dckr_oat_", rf"{_W}{{20,}}"),
    ("registry-token", "rubygems_", rf"{_H}{{48}}"),
    ("registry-token", "AKCp", rf"{_A}{{60,}}"),
    ("registry-token", "cmVmd", rf"{_A}{{59}}"),
    ("registry-token", "oy2", rf"[a-z0-9]{{43}}{_END}"),
    ("registry-token", "cio", rf"{_A}{{32}}{_END}"),
    ("cloud-token", "dop_v1_ doo_v1_ dor_v1_", rf"{_H}{{64}}"),
    ("cloud-token", "tskey-", rf"{_W}{{10,}}"),
    ("cloud-token", "dapi", rf"{_H}{{32}}(?:-\d)?{_END}"),
    ("cloud-token", "hf_ api_org_", rf"{_A}{{34,}}"),
    ("cloud-token", "gsk_ xai- csk- pplx-", rf"{_A}{{40,}}"),
    ("cloud-token", "r8_", rf"{_A}{{37}}"),
    ("cloud-token", "fc- NF-", rf"[0-9a-f]{{32}}{_END}"),
    ("cloud-token", "jina_ tgp_v1_ nvapi-", rf"{_W}{{40,}}"),
    ("cloud-token", "tvly-", rf"{_W}{{20,}}"),
    ("cloud-token", "LTAI", rf"{_A}{{12,24}}{_END}"),
    ("cloud-token", "AKID AQVN", rf"{_W}{{32,38}}{_END}"),
    ("cloud-token", "fm1_ fm2_ fm1a_ fm1r_", r"[A-Za-z0-9+/=,_-]{50,}"),
    ("cloud-token", "fo1_", rf"{_W}{{43}}"),
    ("cloud-token", "HRKU-", rf"{_W}{{36,}}"),
    ("cloud-token", "pscale_tkn_ pscale_oauth_ pscale_pw_", r"[\w.-]{32,}"),
    ("cloud-token", "sbp_ sba_ pul-", rf"{_H}{{40}}"),
    ("cloud-token", "sb_secret_ nfp_ rnd_ vcp_ vci_ vck_ vca_ vcr_", rf"{_W}{{30,}}"),
    ("cloud-token", "dt0a01. dt0c01. dt0s01. dt0s02. dt0s08. dt0s16.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("cloud-token", "dp.pt. dp.ct. dp.sa. dp.st. dp.scim. dp.audit.", r"(?:[\w-]{2,35}\.)?[A-Za-z0-9]{38,}"),
    ("atlassian-token", "ATATT3 ATCTT3 ATBB ATOA", r"[\w=-]{20,}"),
    ("app-token", "lin_api_ lin_oauth_", r"\w{32,}"),
    ("app-token", "figd_ figo_ figu_ figr_", rf"{_W}{{30,}}"),
    ("app-token", "ntn_", r"\w{40,}"),
    ("app-token", "secret_", rf"{_A}{{43}}{_END}"),
    ("app-token", "PMAK-", rf"{_H}{{24}}-{_H}{{34}}"),
    ("app-token", "PMAT-", rf"{_A}{{26}}"),
    ("shop-token", "shpat_ shpss_ shpca_ shppa_ shptka_ shpua_", r"[a-fA-F0-9]{32}"),
    ("square-token", "sq0atp- sq0csp- sq0idp- sq0atb- sandbox-sq0atb- sandbox-sq0csb-", rf"{_W}{{20,}}"),
    ("square-token", "EAAA", rf"{_W}{{50,}}"),
    ("facebook-token", "EAAC EAAB EAAD EAAG EAAM EAAH", rf"{_A}{{30,}}"),
    ("app-token", "NRAK- NRII- NRJS- NRIQ- NRRA- NRSP- NRAA- NRAL- NRBR-", rf"{_W}{{17,}}"),
    ("twilio-key", "AC SK AP PK CA SM", rf"{_H}{{32}}{_END}"),
    ("app-token", "pat-na1- pat-na2- pat-eu1-", _UUID),
    ("app-token", "CFPAT-", rf"{_W}{{43}}"),
    ("app-token", "waka_ px-api- px-dep- sdk- api- mob-", _UUID),
    ("app-token", "rdme_", r"[a-z0-9]{70}"),
    ("app-token", "glc_ glsa_", r"[A-Za-z0-9+/_-]{32,}={0,2}"),
    ("app-token", "phx_ phr_ phc_ pha_ phs_", rf"{_W}{{32,}}"),
    ("app-token", "sntrys_ sntryu_", r"[A-Za-z0-9+/=_-]{40,}"),
    ("app-token", "sgp_", rf"(?:{_A}{{16}}_)?(?:local_)?[a-fA-F0-9]{{40}}{_END}"),
    ("app-token", "squ_ sqp_ sqa_", r"[0-9a-fA-F]{40}"),
    ("app-token", "bkua_ bkaa_ bkpt_", rf"{_A}{{40,}}"),
    ("app-token", "EZAK EZTK", rf"{_A}{{54}}"),
    ("app-token", "duffel_live_ duffel_test_", rf"{_W}{{43}}"),
    ("app-token", "shippo_live_ shippo_test_", rf"{_H}{{40}}"),
    ("app-token", "FLWSECK- FLWSECK_TEST-", rf"{_W}{{32,}}"),
    ("app-token", "fio-u- ffio-u-", rf"{_W}{{60,}}"),
    ("app-token", "aio_ odt_", rf"{_A}{{28,32}}{_END}"),
    ("app-token", "tfp_ ico- pnu_ lip_ apify_api_", rf"{_A}{{32,}}"),
    ("app-token", "live_ test_ ak_live_ ak_test_", rf"{_A}{{26,}}{_END}|\d{{6,}}_{_A}{{20,}}"),
    ("app-token", "scp-live- scp-test- BBFF- BBUS-", rf"{_A}{{30,}}"),
    ("app-token", "access-sandbox- access-development- access-production-", _UUID),
    ("app-token", "web_ server_", rf"{_H}{{30,}}{_END}"),
    ("app-token", "ops_eyJ", rf"{_W}{{100,}}"),
    ("app-token", "A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    ("app-token", "00D", r"[A-Za-z0-9]{12,15}![\w.]{60,}"),
    ("app-token", "3MVG9 sl.", r"[\w.-]{60,}"),
    ("app-token", "wx", rf"{_H}{{16}}{_END}"),
    ("okta-token", "00", rf"(?=[\w-]*[a-z])(?=[\w-]*[A-Z]){_W}{{39}}\w(?![\w-])"),
    ("cloudflare-token", "cfut_ cfat_ cfk_", rf"{_A}{{40,}}"),
    ("app-token", "1000.", r"[0-9a-f]{32}\.[0-9a-f]{32}"),
    ("app-token", "CLOJARS_", r"[0-9a-f]{60}"),
    ("app-token", "s-s4t2ud- s-s4t2af-", r"[0-9a-f]{64}"),
    ("app-token", "LLA- LL-", rf"{_A}{{48,}}"),
    ("app-token", "cosmo_", r"[0-9a-f]{32}"),
    ("app-token", "ion_", rf"{_A}{{42}}"),
    ("google-key", "6L", r"[0-9A-Za-z_-]{38}(?![\w-])"),
    ("app-token", "storecove_ codemagic_ hybiscus", rf"{_W}{{30,}}"),
    ("discord-token", "MT Mz Nj ND NT OD OT ND", r"[\w-]{22,26}\.[\w-]{6}\.[\w-]{27,40}(?![\w-])"),
    ("mapbox-token", "pk.eyJ sk.eyJ tk.eyJ", rf"{_W}{{20,}}\.{_W}{{16,}}"),
    ("private-key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{50,}"),
    ("private-key", "SU SA SO SC SN SX", rf"[A-Z2-7]{{56}}{_END}"),
    ("jwt", "eyJ", rf"{_W}{{8,}}\.{_W}{{8,}}\.[\w-]*|{_W}{{8,}}\.eyJ{_W}{{4,}}"),
    ("encoded-credential", "eyJrIjoi", rf"{_W}{{30,}}={{0,2}}"),
    ("encoded-key", "LS0tLS1CRUdJTi", r"[A-Za-z0-9+/=]{20,}"),
    ("encoded-key",
        ("MIIEv MIIEp MIIEo MIICX MIICd MIIJK MIIJQ MIIBO MIIBV MIGHAg MHcCAQ MIG2Ag MFMCA"
        "Q"), r"[A-Za-z0-9+/]{16,}"),
)  # fmt: skip
_HASH: Final = (
    r"(?<![\w$])\$(?:2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|(?:1|5|6|8|9|y|apr1|"
    r"gy|7)\$[./A-Za-z0-9$=,]{1,60}\$[./A-Za-z0-9]{22,86}|argon2(?:id|"
    r"i|d)\$[^\s\"']{40,200}|krb5\w{2,8}\$[^\s\"']{40,4096})"
)
_INNER: Final[tuple[tuple[str, str, str], ...]] = (
    ("telegram-token", ":AA", rf"(?<![\w-])\d{{8,10}}:AA{_W}{{32,34}}{_END}"),
    ("azure-ad-secret", "Q~", r"(?<![\w~.-])[\w~.-]{3}\dQ~[\w~.-]{31,34}(?![\w~.-])"),
    ("azure-key", "JQQJ", r"(?<![\w+/])[A-Za-z0-9]{48,56}JQQJ[0-9]{2}[A-Za-z0-9]{26}(?![\w])"),
    ("azure-key", "AZDO", r"(?<![\w+/=])[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}(?![\w])"),
    ("mailchimp-key", "-us", rf"(?<![\w-])(?=[A-Za-z]*\d){_A}{{32}}-us\d{{1,2}}{_END}"),
    ("slack-webhook", "hooks.slack.com/", r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/-]{20,}"),
    ("webhook", "/IncomingWebhook/",
        (rf"(?i:webhook(?:b2)?/{_W}{{20,}}@{_W}{{20,}}/IncomingWebhook/{_W}{{8,}}(?:/{_W}{{8,}})"
        rf"?)")),
    ("webhook", "/api/webhooks/", r"discord(?:app)?\.com/api/webhooks/\d{15,22}/[\w-]{40,}"),
    ("webhook", "/webhook/", r"[\w-]{2,40}\.tines\.com/webhook/[0-9a-f]{32}/[0-9a-f]{32}"),
    ("webhook", "hooks.zapier.com/", r"hooks\.zapier\.com/hooks/catch/\d+/\w{6,}"),
            ("app-token", "_mmk", rf"(?<!\w){_A}{{6}}_{_A}{{29}}_mmk"),
    ("openshift-token", "sha256~", r"sha256~[\w-]{43}"),
    ("private-key", "PuTTY-User-Key-File-",
        (r"PuTTY-User-Key-File-\d[\s\S]{0,4096}?(?:Private-MAC: [0-9a-f]+|"
        r"\Z)")),
    ("password-hash", "$2", _HASH), ("password-hash", "$1$", _HASH), ("password-hash", "$5$", _HASH),
    ("password-hash", "$6$", _HASH),
    ("password-hash", "$8$", _HASH),
    ("password-hash", "$9$", _HASH), ("password-hash", "$y$", _HASH), ("password-hash", "$apr1$", _HASH),
    ("password-hash", "$argon2", _HASH), ("password-hash", "$krb5", _HASH),
)  # fmt: skip
_SIZED: Final = {
    40: re.compile(r"(?:eu01x|us01x)?[0-9a-fx]{31,36}NRAL", re.ASCII),
    50: re.compile(r"[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8}", re.ASCII),
    52: re.compile(r"[a-z2-7]{52}", re.ASCII),
}
_NUMBERED_MIN: Final = 66
_after_a_number = re.compile(r"\d{1,3}-[A-Za-z0-9]{64}(?!\w)", re.ASCII).match
_CHECKSUMS: Final = {"github-token": crc32_base62, "npm-token": crc32_base62}


class _Format(NamedTuple):
    kind: str
    head: str
    body: re.Pattern[str]


def _by_head() -> Mapping[str, Sequence[_Format]]:
    table: defaultdict[str, list[_Format]] = defaultdict(list)
    for kind, heads, body in _HEADED:
        pattern = re.compile(body, re.ASCII)
        for head in heads.split():
            table[head[:HEAD]].append(_Format(kind, head, pattern))
    for formats in table.values():
        formats.sort(key=lambda each: -len(each.head))
    return dict(table)


HEADED: Final = _by_head()
_SEARCHED: Final[Mapping[str, Sequence[tuple[str, re.Pattern[str]]]]] = {
    literal: [(kind, re.compile(body, re.ASCII)) for kind, at, body in _INNER if at == literal]
    for _, literal, _ in _INNER
}
INNER: Final = tuple(_SEARCHED)
"""What stands inside the keys that have no head to know them by."""


def at_run(text: str, start: int, end: int) -> Finding | None:
    """The key whose head begins with a run, or a few characters before it when the head holds a dot."""
    if start and text[start - 1] == "+":  # the middle of something encoded
        return None
    found = _at(text, start)
    if found is None and (
        end - start in _SIZED or (end - start >= _NUMBERED_MIN and text[start] in "0123456789")
    ):
        found = _sized(text, start, end)
    if found is None and start and text[start - 1] in "./!":
        back = start - 1
        least = max(0, start - _BACK_MAX)
        while back > least and (text[back - 1].isalnum() or text[back - 1] in "._/"):
            back -= 1
        found = _at(text, back)
    return found


def at_places(text: str, places: Iterable[tuple[int, str]]) -> Iterator[Finding]:
    """The keys that are known by what stands inside them; `places` are those of `INNER`."""
    done: set[str] = set()
    for _, literal in places:
        if literal in done:
            continue
        done.add(literal)
        for kind, pattern in _SEARCHED[literal]:
            for match in pattern.finditer(text):
                if not is_made_up(match[0].rpartition("/")[2]):
                    yield Finding(Family.SECRET, kind, match.start(), match.end(), 0.9, "secret/format")


def _sized(text: str, start: int, end: int) -> Finding | None:
    """The keys that have no head, but a length and an alphabet of their own."""
    pattern = _SIZED.get(end - start)
    if pattern is not None and pattern.fullmatch(text, start, end) and entropy(text[start:end]) >= 3:  # bits
        return _judged("app-token", text[start:end], start, end, text)
    match = _after_a_number(text, start) if text[start].isdigit() else None
    return _judged("app-token", match[0], start, match.end(), text) if match is not None else None


def _at(text: str, start: int) -> Finding | None:
    formats = HEADED.get(text[start : start + HEAD])
    if formats is None:
        return None
    for kind, head, body in formats:
        if text.startswith(head, start):
            match = body.match(text, start + len(head))
            if match is not None:
                return _judged(kind, match[0], start, match.end(), text)
    return None


def _judged(kind: str, body: str, start: int, end: int, text: str) -> Finding | None:
    if (
        is_made_up(body)
        or body.endswith("--")
        or (body.isalpha() and body.islower())
        or (len(body) > 40 and body.isdigit())
        or is_made_up(text[end : end + 4])
    ):
        return None
    check = _CHECKSUMS.get(kind)
    sure = 1.0 if check is not None and check(text[start:end]) else 0.95
    return Finding(Family.SECRET, kind, start, end, sure, "secret/format")


KINDS: Final = frozenset(kind for kind, *_ in (*_HEADED, *_INNER))
