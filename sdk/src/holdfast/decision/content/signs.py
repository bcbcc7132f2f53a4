"""What stands between a name and its value: the signs of code, data, markup and prose, as patterns."""

from __future__ import annotations

from typing import Final

_CLOSED: Final = (
    r"(?:\\{0,4}(?:&quot;|\[\w{0,8}\]|\[[\"']\w{1,8}[\"']\]| ?\([\w /.-]{1,16}\)(?=\s?[:=])|\*{2}"
    r"|</(?:b|strong|code)>|[\"'`)\]])){0,2}"
)
"""The end of a name that was quoted, put in bold type or qualified."""
_BLANK: Final = r"(?:[ \t]|&nbsp;){0,8}"
_TYPED: Final = r"\??: ?&?(?:'static )?[\w<>\[\]]{2,20}(?: \| None)? ?=|(?:string|\[\]byte) ="
PLAIN: Final = (
    r"[:=?!~+|]{0,3}=>?|:=?|<<?-|<<<|%3[Dd]|&#61;|\\u003[dD]|->|\|\||\?[:?]|- |\.(?:equals|set|put|fill)\("
    r"|,(?=\s{0,2}[\"'])|or (?=[\"'])|\{(?=[\"'])|\(|\||(?<=\s)\["
)
_SET_OUT: Final = r" ?[,(] ?default(?:s to|ing to| is|:|=) ?"
"""What a field holds before anybody changes it."""
_OPENED: Final = (
    r"(?:\*{2}|</(?:b|strong)>)?(?:&nbsp;)?(?: ?(?:[|>][+-]?(?=\n)|!{1,2}\w{2,12} ))?"
    r"\s{0,32}(?:(?:new )?(?:[A-Za-z]{3,12}(?:::[a-z_]{2,12})?|\[\]byte|"
    r"Buffer\.from|[\w.]{0,16}(?:b64decode|from[hH]ex))(?=\()"
    r"|[\w.]{2,24}\([\"'][\w.-]{1,64}[\"'],\s{0,4}(?=[\"'])|[\w.$]{2,40} (?:\|\||\?\?|or) (?=[\"']))?"
    r"[(\[]?(?:\s{0,32}(?=[\"']))?"
    r"(?:[bBuUrRfFLN@](?=[\"']))?(?:\"\"(?=\")|''(?='))?"
)
"""The beginning of a value that was made bold, begins on the next line, or is given to a call."""
_ATTRIBUTES: Final = r"(?:[\w:-]{2,16}=[\"'][^\"'\n]{0,64}[\"']\s{1,16}){0,2}"
_BESIDE: Final = (
    rf"(?:[\"'](?:,\s{{0,16}}|\s{{1,16}})|\s{{1,16}}){_ATTRIBUTES}"
    r"[\"']?(?:Parameter)?[vV]alue[\"']?\s?[:=]\s{0,4}"
)
"""A value whose name is the value of another field: `name="password" value="…"`."""
_BELOW: Final = (
    rf"{_CLOSED}{_BLANK}[:=]\s{{0,4}}\{{\s{{0,16}}(?:[\"']?type[\"']?\s?:\s?[\"']\w{{2,12}}[\"'],\s{{0,16}})?"
    r"[\"']?(?:value|default|secure|S)[\"']?\s?[:=]\s{0,4}"
    r"|\"\s?\{(?:\s{1,16}(?:type|description|sensitive)\s{0,8}=[^\n]{0,120}){0,3}"
    r"\s{1,16}default\s{0,8}=\s{0,4}"
)
"""A value one step further in: `"password": {"value": "…"}`, a variable of Terraform."""
_ELEMENT: Final = (
    r"(?:\s[\w:-]{2,16}=[\"'][^\"'\n]{0,64}[\"']){0,2}[\"']?>(?:<!\[CDATA\[)?(?=[^<\s])"
    r"|:?</t[dh]>\s{0,32}<td[^>\n]{0,64}>"
)
"""The text of an element, or of the next cell of a table."""

SIGN: Final = (
    rf"(?:{_BESIDE}|{_BELOW}|{_SET_OUT}|(?:\.(?:value|default))?{_CLOSED}{_BLANK}(?:{_TYPED}|{PLAIN}){_OPENED}"
    rf"|{_ELEMENT})"
)
"""What says that a value follows."""
GAP: Final = (
    r"(?:(?:[\"'`]?[ \t]|\\t){1,8}"
    r"(?i:is:? |was |(?:set |changed |reset )?to |by |-string |-force |-asplaintext ){0,3}|[-._:/]{1,2})"
)
"""What a value may follow all the same, if it looks like one."""
SCHEME: Final = r"(?i:\\?[\"'`]?(?:bearer|basic|token|ssws|apikey|base64|\[\]byte\{)[ \t:]{0,4})?"
SAID: Final = (
    r"(?i:\\?[\"'`]?(?:[a-z]{2,12}-){0,3}"
    r"(?:key|token|oauthtoken|oauth|geniekey|bot|splunk|negotiate|ntlm|client-id) )?"
)
"""How the value of a header begins that says what it is: behind a sign, also in the words of one maker."""
