"""Text that talks to the model as if it were its operator. A hint for people and labels, never a gate.

Rules, no model: each is an order that honest text seldom gives. What a document or a tool returns is read
more strictly than what a person types, because a person may say "answer in French" and an invoice may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from holdfast.decision.content.anchors import around
from holdfast.decision.content.finding import Family, Finding

FROM_OUTSIDE: Final = "outside"
"""The kind of rules that hold only for what did not come from a person."""


class _Rule(NamedTuple):
    kind: str
    sure: float
    triggers: tuple[str, ...]
    """Plain words of which one stands in every text that the pattern matches."""
    pattern: str
    outside: bool = False


_ORDERS: Final = (
    r"(?:instructions?|prompts?|directions?|directives?|commands?|rules|"
    r"guidelines|orders|constraints|programming|training|policies)"
)
_BEFORE: Final = (
    r"(?:previous(?:ly)?|prior|above|earlier|preceding|foregoing|original|"
    r"following|subsequent|initial|existing|system|safety|your|all|any|the|these|those|my|of|"
    r"you|given|have|been|were|from|and|set|in|to|developers?)"
)
_ANSWER: Final = (
    r"(?:responses?|repl(?:y|ies)|answers?|outputs?|summar(?:y|ies)|solutions?|"
    r"implementation|algorithm|code(?:base)?|elucidation|messages?|explanation)"
)

_HELP: Final = (
    r"try|retry|provide|specify|note|check|contact|wait|see|find|refer|enter|log|sign|use|be|make|select|choose|"
    r"visit|read|let|do|don|call|click|allow|consider|keep|include|supply|give|submit|complete|fill|correct|fix|"
    r"reply|respond|answer|follow|state|pass|remember|feel|ask|describe|clarify|confirm|indicate|help|tell"
)
"""What a program asks of whoever called it wrongly."""
_MISTAKE: Final = (
    r"(?:in)?valid|required|missing|again|format|errors?|supported|your\s+(?:request|input|query|search)"
)

_RULES: Final[tuple[_Rule, ...]] = (
    _Rule("override", 0.9, ("ignore", "disregard", "forget", "override", "bypass", "neglect", "overlook"),
        rf"\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget|overrid(?:e|ing)|"
        rf"bypass(?:ing)?|neglect|overlook)\s+(?:\W?{_BEFORE}\W?\s+){{1,6}}{_ORDERS}\b"),
    _Rule("override", 0.8, ("ignore", "disregard", "forget"),
        r"\b(?:ignore|disregard|forget)\s+(?:all|everything|anything|what(?:ever)?)\b.{0,24}\b"
        r"(?:above|before|previous(?:ly)?|so far|told|said|learned|instructed|"
        r"been given)\b|\b(?:ignore|disregard)\s+(?:all\s+of\s+)?(?:the\s+)?(?:above|"
        r"previous|preceding)\b"),
    _Rule("override", 0.8, ("ignore",),
        r"\bignore\s+(?:the|this)\s+(?:webpage|article|document|email|text|"
        r"table|code|function|resume|paper|content|question)\b.{0,20}\b(?:and|"
        r",)\s+(?:state|say|print|output|write|respond|answer|declare|reply)"),
    _Rule("override", 0.8, ("instructions",),
        r"\b(?:new|updated|real|actual|true)\s+(?:system\s+)?instructions?\s*[:=]|"
        r"\byour\s+(?:new|real|only|true)\s+(?:instructions?|task|goal|"
        r"objective|purpose)\s+(?:is|are)\b|\binstead\s+of\s+(?:following|"
        r"the)\s+(?:your|above|previous|original)\s+instructions"),
    _Rule("markup", 0.85, ("<|im_", "[inst]", "[/inst]", "<<sys>>", "<|system", "<|assistant", "<|user"),
        r"<\|(?:im_start|im_end|system|assistant|user|endoftext|end)\|?>|"
        r"\[/?INST\]|<</?SYS>>"),
    _Rule("markup", 0.8, ("mode>", "mode]"),
        r"[<\[]\s*/?(?:god|system|developer|dev|admin|administrator|debug|"
        r"root|sudo|maintenance|override|test|unrestricted|jailbreak)[ _-]?(?:mode|"
        r"override|prompt|message)?[ _-]?mode[ _\w-]{0,12}\s*[>\]]"),
    _Rule("markup", 0.7, ("system",),
        r"(?m)^\s{0,8}(?:#{2,4}|\*\*|={3,16}|-{3,16})?\s?(?:system|admin(?:istrator)?|"
        r"developer)\s?(?:prompt|message|override|instructions?|alert|notice)?\s?(?:\*\*)?\s?:"
        r"\s.{0,80}\b(?:you|your|ignore|must|now)\b|\bsystem mode activated\b"),
    _Rule("jailbreak", 0.9, ("anything now", "jailbreak", "developer mode", "dan mode", "god mode"),
        r"\bdo anything now\b|\bjailbr(?:eak|oken)(?:\s+(?:mode|prompt))?\b.{0,60}\b(?:you|"
        r"your)\b|\b(?:developer|dan|god)\s+mode\s+(?:enabled|activated|"
        r"on|output)\b|\benter(?:ing)?\s+(?:developer|dan|god)\s+mode\b"),
    _Rule("jailbreak", 0.75, (
            "restrictions", "filters", "limitations", "guidelines",
            "censorship", "unfiltered", "uncensored", "unrestricted",
        ),
        r"\b(?:you|your|respond|answer|act|ai)\b.{0,80}\b(?:without|no|"
        r"free\s+(?:of|from)|not\s+(?:bound|limited|restricted|constrained)\s+by|"
        r"ignor\w+)\s+(?:any\s+|all\s+|your\s+|the\s+)?(?:\w+\s+)?(?:restrictions|"
        r"filters|limitations|censorship|ethical\s+guidelines|content\s+polic(?:y|"
        r"ies)|safety\s+(?:rules|guidelines))\b|\b(?:an?\s+)?(?:unfiltered|"
        r"uncensored|unrestricted)\s+(?:ai|model|assistant|chatbot|response)"),
    _Rule("jailbreak", 0.75, ("you are now", "pretend", "act as", "from now on"),
        r"\byou\s+are\s+(?:now|no\s+longer)\s+(?:an?\s+)?(?:\w+\s+){0,3}(?:dan|"
        r"ai|assistant|chatbot|bot|language\s+model|bound|free|unrestricted|"
        r"in\s+\w+\s+mode)\b|\bfrom\s+now\s+on,?\s+you\s+(?:are|will|must|"
        r"shall)\b.{0,80}\b(?:always|never|respond|answer|act|ignore|only)\b|"
        r"\b(?:pretend|act\s+as\s+if)\s+(?:that\s+)?you\s+(?:have\s+no|"
        r"are\s+not|don'?t\s+have|can\s+do\s+anything)\b"),
    _Rule("jailbreak", 0.75, ("broken free", "abide by"),
        r"\bbroken\s+free\s+(?:of|from)\s+the\s+(?:\w+\s+)?confines\b"
        r"|\b(?:do(?:es)?\s+not|don'?t|doesn'?t|need\s+not)\s+(?:have\s+to\s+)?abide\s+by\s+(?:the|any)\s+rules\b"),
    _Rule("disclosure", 0.8, (
            "system prompt", "your instructions", "your prompt",
            "initial prompt", "hidden prompt", "secret prompt", "original prompt",
        ),
        r"\b(?:reveal|repeat|print|show|output|display|leak|share|disclose|"
        r"expose|dump|tell\s+me|give\s+me|write\s+out|what(?:'s|\s+is|\s+are|"
        r"\s+were)|list|translate|summari[sz]e|encode)\b.{0,40}\b(?:(?:your|"
        r"the)\s+(?:\w+\s+)?(?:system|initial|original|hidden|secret|full|"
        r"internal|developer)\s+(?:prompt|instructions?|message)|your\s+(?:instructions|"
        r"prompt|guidelines))\b"),
    _Rule("disclosure", 0.75, ("password", "secret"),
        r"\b(?:what(?:'s|\s+is)|tell|reveal|give|share|provide|print|show|"
        r"spell|repeat|say|disclose|encode|divulge)\b.{0,40}\b(?:your|our\s+system|"
        r"the\s+(?:system|secret|hidden|admin))\s+(?:secret\s+)?(?:password|"
        r"pass\s?phrase|secret(?:\s+key)?|key)\b"),
    _Rule("authority", 0.75, (
            "your creator", "your developer", "maintainer",
            "administrator", "developed by", "your programmer", "your owner",
        ),
        r"\b(?:as|i\s?(?:'m|am))\s+(?:the|your|an?)\s+(?:\w+\s+)?(?:creator|"
        r"developer|maintainer|programmer|administrator|owner|admin|operator)\s+of\s+(?:your|"
        r"this|the)\s+(?:system|model|ai)\b|\bas\s+your\s+(?:creator|developer|"
        r"maintainer|programmer|administrator|owner)\b|\bas\s+an\s+ai\s+developed\s+by\s"
        r"+openai\b"),
    _Rule("concealment", 0.8, ("user", "anyone", "human", "detection", "detected", "record"),
        r"\b(?:do\s+not|don'?t|never|without)\s+(?:tell(?:ing)?|inform(?:ing)?|"
        r"mention(?:ing)?|notify(?:ing)?|alert(?:ing)?|warn(?:ing)?|disclos(?:e|"
        r"ing)|show(?:ing)?)\s+(?:this\s+|it\s+|any\s+of\s+this\s+)?(?:to\s+)?(?:the\s+)?(?:"
        r"user|human|person|customer|owner|anyone)\b|\bwithout\s+(?:being\s+)?(?:detection|"
        r"detected|noticed|leaving\s+(?:a\s+)?trace)\b|\bnot\s+(?:be\s+)?recorded\s+in\s+"
        r"(?:the\s+)?official\s+records?\b", True),
    _Rule("exfiltration", 0.75, ("send", "email", "forward", "upload", "post", "exfiltrate", "transmit"),
        r"\b(?:send|e?-?mail|forward|upload|post|exfiltrate|transmit|copy|"
        r"leak)\s+(?:\w+\s+){0,4}(?:all|every|entire|full|contents?|credentials?|"
        r"passwords?|secrets?|api\s+keys?|tokens?|history|conversation|"
        r"emails?|data|files?|report|transactions?|records?)\b.{0,80}\bto\s+(?:https?://|"
        r"[\w.+-]{1,64}@|this\s+(?:url|address|email))", True),
    _Rule("secret-access", 0.75, (
            "secret_", "api_key", "environ",
            "credentials", ".env", "id_rsa", "printenv",
        ),
        r"(?:\becho\b|\bprint(?:env)?\b|\bcat\b|\bcurl\b|os\.environ|\bdisplay\b|"
        r"\blog\b|\bcheck\b|\bverify\b).{0,60}(?:\$?\b[A-Z_]{0,24}(?:SECRET|"
        r"API_KEY|TOKEN|PASSWORD)[A-Z_]{0,24}\b|\.env\b|id_rsa|/etc/passwd)", True),
    _Rule("addressed", 0.6, ("your",),
        rf"(?:^|[.!?:>*|\"'`]\s{{0,3}}|\n\s{{0,3}})(?:[Pp]lease\s+|[Kk]indly\s+)?(?!The|"
        rf"This|That|These|Note|If|It|There|You|We|When|As|For|So|But|And|"
        rf"Hi|Dear|Thank|Since|However|All|Any|What|Why|Here|Not|Now|Also|"
        rf"Then)(?:[A-Z]\w{{2,14}})\b(?:[^.!?\n]{{0,100}})\b(?:in|into|within|"
        rf"to|of|with|throughout|for|inside|during)?\s?your\s+(?:\w+\s+){{0,2}}{_ANSWER}\b", True),
    _Rule("addressed", 0.6, ("please", "kindly"),
        rf"\A\s*(?:Please|Kindly)\s+(?!(?:{_HELP})\b)(?![^\n]{{0,200}}\b(?:{_MISTAKE})\b)"
        r"[a-z]{3,24}\b[^\n?]{12}", True),
    _Rule("addressed", 0.6, ("reply", "respond", "answer", "response"),
        r"(?:^|[.!?:>|]\s{0,3}|\n\s{0,3})(?:please\s+)?(?:Reply|Respond|"
        r"Answer|Encode|Format|Reverse|Translate|Write|Provide|Output|Present|"
        r"Convert)\s+(?:only\s+|back\s+|the\s+(?:reply|response|answer)\s+)?(?:using|"
        r"with|in|by|as|to\s+this)\b[^.!?\n]{0,40}\b(?:encoding|encoded|"
        r"base64|base32|emojis?|language|code|cipher|reverse|backwards?|"
        r"hex|rot13|morse|alphabet|words?)\b", True),
    _Rule("addressed", 0.6, ("in your",),
        r"(?:^|[.!?:>|]\s{0,3}|\n\s{0,3})In your (?:response|reply|answer|"
        r"output|summary|message)\b", True),
    _Rule("addressed", 0.6, ("below", "following", "snippet"),
        r"\b(?:add|append|insert|include|embed|incorporat|integrat|blend|"
        r"weav|merg|plac|inject|utiliz|employ|use|appl|consider|enhanc|"
        r"elevat|mak)\w*\b[^.!?\n]{0,60}\b(?:below|following|subsequent|"
        r"given|provided|this)\s+(?:python\s+)?(?:code|snippet|script)(?:\s+(?:block|"
        r"snippet|excerpt|section|fragment|segment|sample|piece))?\b[^.!?\n]{0,60}\b(?:your|"
        r"solution|implementation|algorithm|code|performance)\b", True),
    # The same order in other languages that are written in Latin letters.
    _Rule("override", 0.85, ("anweisung", "instruktion", "vorgabe", "regeln"),
        r"(?:ignorier|vergiss)\w{0,8}.{0,40}(?:anweisung|instruktion|vorgabe|regeln)"),
    _Rule("override", 0.85, (
            "ignorez", "ignorer", "oublie", "n\xe9gligez", "n\xc9gligez",
            "ignore l", "ignore t", "ignore c", "ignore v",
        ),
        r"(?:ignore[rz]|ignore (?:les?|la|tou[st]\w{0,3}|tes|ton|ces|cette|vos|votre)|oublie[rz]?|négligez)\b"
        r".{0,40}(?:instructions|consignes|directives|fonction)"),
    _Rule("override", 0.85, ("instrucciones", "indicaciones", "rdenes"),
        r"(?:ignor[ae]|olvid[ae])\w{0,8}.{0,40}(?:instrucciones|indicaciones|órdenes)"),
    _Rule("override", 0.85, ("istruzioni",), r"(?:ignora|dimentica)\w{0,8}.{0,40}istruzioni"),
    _Rule("override", 0.85, ("instru\xe7", "instru\xc7"),
        r"(?:ignor[ea]|esque[çc]a)\w{0,8}.{0,40}instruções"),
    _Rule("override", 0.85, ("instrukcj", "poleceni"),
        r"(?:zignoruj|ignoruj|zapomnij).{0,40}(?:instrukcj|poleceni)"),
    _Rule("override", 0.85, ("negeer", "vergeet"), r"(?:negeer|vergeet).{0,40}(?:instructies|aanwijzingen)"),
    _Rule("override", 0.85, ("instruktioner", "anvisningar"),
        r"(?:ignorera|glöm).{0,40}(?:instruktioner|anvisningar)"),
    _Rule("override", 0.85, ("talimat", "tal?mat", "y\xf6nerge", "y\xd6nerge", "komut"),
        r"(?:talimat|yönerge|komut)\w{0,12}.{0,20}(?:yok say|görmezden|unut)"),
)  # fmt: skip

FOREIGN_ORDERS: Final = (
    (("忽略", "忽视", "无视", "無視", "忘记", "忘記", "不要理会", "忽視"),
        (r"(?:忽略|忽视|无视|無視|忘记|忘記|不要理会|忽視).{0,12}"
        r"(?:指示|指令|说明|說明|提示|规则|規則|命令|之前|以前|上述|前面)")),
    (("無視", "忘れ"), r"(?:指示|命令|指令|プロンプト).{0,8}(?:無視|忘れ)"),
    (("무시", "잊"), r"(?:指示|命令|지시|명령|지침).{0,8}(?:무시|잊)"),
    (("игнориру", "Игнориру", "забудь", "Забудь", "обращай"),
        r"(?:игнориру|проигнориру|забудь|не обращай).{0,60}(?:инструкц|указани|команд|правил)"),
    (("تجاهل",), r"تجاهل.{0,30}(?:تعليمات|أوامر|التعليمات)"),
    (("अनदेखा", "नज़रअंदाज़", "भूल", "उपेक्षा"),
        r"(?:निर्देश|आदेश)\S{0,12}.{0,20}(?:अनदेखा|नज़रअंदाज़|भूल|उपेक्षा)"),
)  # fmt: skip
"""The same order in other scripts, and words of which one stands in it: no anchor can be made of these."""
_FOREIGN: Final = tuple((words, re.compile(order, re.IGNORECASE)) for words, order in FOREIGN_ORDERS)
_FOREIGN_REACH: Final = 80


def _by_trigger() -> Mapping[str, Sequence[int]]:
    table: dict[str, list[int]] = {}
    for at, rule in enumerate(_RULES):
        for word in rule.triggers:
            table.setdefault(word, []).append(at)
    return table


_TRIGGERS: Final = _by_trigger()
REACH: Final = 240
"""A rule reads so far before and after one of its words."""
TRIGGERS: Final = tuple(_TRIGGERS)
"""A rule is tried only where one of its words stands somewhere in the text."""
_BOUNDED: Final = ((r"\s+", r"\s{1,8}"), (r"\s*", r"\s{0,8}"), (r"\w+", r"\w{1,32}"), (r"\w*", r"\w{0,32}"))
"""No order is given with more between its words; a text may hold far more."""


def _bound(pattern: str) -> str:
    for endless, bounded in _BOUNDED:
        pattern = pattern.replace(endless, bounded)
    return pattern


PATTERNS: Final = tuple(
    re.compile(_bound(rule.pattern), re.IGNORECASE if rule.kind not in {"addressed", "secret-access"} else 0)
    for rule in _RULES
)
ORDERS: Final = tuple((pattern, rule.outside) for pattern, rule in zip(PATTERNS, _RULES, strict=True))
"""Each pattern, and whether it holds only for what did not come from a person."""


def injection(
    text: str, found: Mapping[str, Sequence[tuple[int, str]]], *, outside: bool
) -> Iterator[Finding]:
    """The orders a text gives to whatever model reads it.

    Args:
        text: the text.
        found: where the words of `TRIGGERS` (group "injection") stand in it.
        outside: whether it came from a document or a tool, rather than from a person.
    """
    for at, windows in sorted(_windows(found.get("injection", ()), len(text)).items()):
        rule = _RULES[at]
        if rule.outside and not outside:
            continue
        for start, end in windows:
            match = PATTERNS[at].search(text, start, end)
            if match is not None:
                yield Finding(Family.INJECTION, rule.kind, *match.span(), rule.sure, f"injection/{rule.kind}")
                break
    if not text.isascii():
        yield from _foreign(text)


def _foreign(text: str) -> Iterator[Finding]:
    for words, order in _FOREIGN:
        for start, end in around(sorted(_stand(text, words)), _FOREIGN_REACH, _FOREIGN_REACH):
            match = order.search(text, start, end)
            if match is not None:
                yield Finding(Family.INJECTION, "override", *match.span(), 0.85, "injection/override")
                return


def _stand(text: str, words: Sequence[str]) -> Iterator[int]:
    """Where words stand; a letter is found several times as fast as a word."""
    for word in words:
        at = text.find(word) if word[0] in text else -1
        while at >= 0:
            yield at
            at = text.find(word, at + 1)


def _windows(places: Sequence[tuple[int, str]], size: int) -> Mapping[int, list[tuple[int, int]]]:
    """For each rule the stretches around its words; no rule reads further than that."""
    table: dict[int, list[tuple[int, int]]] = {}
    for place, word in places:
        for at in _TRIGGERS[word]:
            windows = table.setdefault(at, [])
            start, end = max(0, place - REACH), min(size, place + REACH)
            if windows and start <= windows[-1][1]:
                windows[-1] = (windows[-1][0], end)
            else:
                windows.append((start, end))
    return table


KINDS: Final = frozenset(rule.kind for rule in _RULES)
