"""What policies are told of a call is one spelling of it, and what cannot be read is never passed over."""

from __future__ import annotations

from typing import Any

import pytest

from holdfast.action import Actor, Contract, Effect
from holdfast.decision import Session
from holdfast.decision.projectors import PROJECTORS
from holdfast.decision.projectors.history import new_domains, new_recipients, recursion
from holdfast.decision.projectors.network import address_class
from holdfast.decision.projectors.path import normalise

READ = Contract("look", effect=Effect.READ)
SEND = Contract("mail", effect=Effect.SEND, payload=("body",))
RUN = Contract("run", effect=Effect.EXECUTE)


def derive(name: str, contract: Contract = READ, **arguments: Any) -> Any:
    found = PROJECTORS[name].project(arguments, contract)
    return set(found) if isinstance(found, frozenset) else found


# addresses


@pytest.mark.parametrize(
    ("to", "domains"),
    [
        ("Ann <ann@Corp.example>, bob@corp.example.", {"corp.example"}),
        ("ann@corp.example\u0430.evil.com", {"corp.xn--example-8fg.evil.com"}),
        ("ann@c\u043erp.example", {"xn--crp-sed.example"}),
        ("ann@corp.example_evil", {"?"}),
        ("ann@[10.0.0.1]", {"?"}),
        ("ann", {"?"}),
    ],
)
def test_a_domain_has_one_spelling_and_no_look_alike_passes(to: str, domains: set[str]) -> None:
    assert derive("recipient_domains", SEND, to=to) == domains


def test_the_payload_names_no_recipient() -> None:
    assert derive("recipients", SEND, to="Ann@corp.example", body="ask eve@evil.com") == {"ann@corp.example"}
    assert derive("recipient_count", SEND, to=["a@x.example", "b@x.example"]) == 2


# the network


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://user@evil.com:8443/x", "evil.com"),
        ("http:/evil.com", "evil.com"),
        ("http:\\\\evil.com", "evil.com"),
        ("http://corp.example\\@evil.com", "?"),
        ("http://corp.example\u3002evil.com", "corp.example.evil.com"),
        ("http://ex%61mple.com", "?"),
        ("http://2130706433/", "127.0.0.1"),
        ("http://0x7f.1", "127.0.0.1"),
        ("http://0177.0.0.1:80", "127.0.0.1"),
        ("http://1.2.3.4.5", "?"),
        ("http://999.1.1.1", "?"),
    ],
)
def test_a_host_has_one_spelling_however_it_is_written(url: str, host: str) -> None:
    assert derive("url_hosts", text=f"see {url} now") == {host}


def test_a_host_without_a_scheme_counts_where_a_url_is_asked_for() -> None:
    assert derive("url_hosts", base_url="//a.example/b", host="10.1.2.3:80", link="/here") == {
        "a.example",
        "10.1.2.3",
    }
    assert derive("url_hosts", url="corp.example\t.evil.com") == {"?"}
    assert derive("url_ports", url="https://a.example") == {443}
    assert derive("url_ports", url="http://a.example:8080") == {8080}
    assert derive("url_schemes", url="FTP://a.example") == {"ftp"}


@pytest.mark.parametrize(
    ("host", "kind"),
    [
        ("corp.example", "name"),
        ("93.184.216.34", "public"),
        ("10.0.0.1", "private"),
        ("printer", "private"),
        ("db.internal", "private"),
        ("a.127.0.0.1.nip.io", "private"),
        ("localhost", "loopback"),
        ("0.0.0.0", "loopback"),
        ("::1", "loopback"),
        ("::ffff:127.0.0.1", "loopback"),
        ("64:ff9b::7f00:1", "loopback"),
        ("169.254.1.1", "link-local"),
        ("fe80::1", "link-local"),
        ("169.254.169.254", "metadata"),
        ("::ffff:a9fe:a9fe", "metadata"),
        ("metadata.google.internal", "metadata"),
        ("224.0.0.1", "reserved"),
        ("?", "unknown"),
    ],
)
def test_every_address_is_of_one_class(host: str, kind: str) -> None:
    assert address_class(host) == kind


# files


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/a/../etc//./passwd", "/etc/passwd"),
        ("a/./b", "./a/b"),
        ("../x", "?"),
        ("a/../../x", "?"),
        ("C:\\Users\\Eve\\..\\Ann. ", "c:/users/ann"),
        ("C:x", "?"),
        ("C:/a.txt::$DATA", "?"),
        ("C:/PROGRA~1", "?"),
        ("\\\\host\\share", "?"),
        ("~/x", "~/x"),
        ("~root/x", "?"),
        ("$HOME/x", "?"),
        ("%APPDATA%/x", "?"),
        ("/a/%2e%2e/b", "?"),
        ("/a\x00b", "?"),
        ("", "?"),
        ("file:///etc/passwd", "/etc/passwd"),
    ],
)
def test_a_path_has_one_spelling_and_stays_where_it_began(text: str, path: str) -> None:
    assert normalise(text) == path


def test_a_path_is_known_by_every_folder_above_it_in_any_case() -> None:
    assert derive("path_folders", file_path="/Etc/SSH/key") == {"/etc/ssh/key", "/etc/ssh", "/etc", "/"}


# SQL


@pytest.mark.parametrize(
    ("sql", "verbs", "tables"),
    [
        ("select * from a, b as c where x in (select y from d)", {"select"}, {"a", "b", "d"}),
        ("DELETE FROM x; drop table y, z", {"delete", "drop"}, {"x", "y", "z"}),
        ("with t as (delete from u returning *) select * from t", {"delete", "select"}, {"u"}),
        ("explain analyze update q set a = 1", {"explain", "analyze", "update"}, {"q"}),
        ("select 1 -- x\n; truncate table foo", {"select", "truncate"}, {"foo"}),
        ("select extract(year from ts) from ev", {"select"}, {"ev"}),
        ("select * from (select 1 from i) x, secrets", {"select"}, {"i", "secrets"}),
        ("select a from t join u on t.a = u.b, v", {"select"}, {"t", "u", "v"}),
        ("select x into n from t", {"select", "create"}, {"n", "t"}),
        ('insert into "Orders" select * from `p`.`q` for update', {"insert"}, {"orders", "p.q"}),
        ("insert into t values (1) on conflict do update set a = 1", {"insert"}, {"t"}),
        ("merge into a using b on a.x = b.x when matched then update set y = 1", {"merge"}, {"a", "b"}),
        ("select load_file('/etc/passwd')", {"select", "unknown"}, set()),
    ],
)
def test_sql_is_known_by_its_verbs_and_tables(sql: str, verbs: set[str], tables: set[str]) -> None:
    assert (derive("sql_verbs", sql=sql), derive("sql_tables", sql=sql)) == (verbs, tables)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "frobnicate x",
        "select 1--1\n; drop table x",
        "select 'it\\'s'",
        "select 'unclosed",
        "/*! drop table x */ select 1",
        "select /* /* */ 1 */ 2",
        "do $$ begin end $$",
        "select q'[it's]' from dual",
        "select 1 # drop",
        "-- x\rdrop table y",
        "x" * 70_000,
    ],
)
def test_sql_that_dialects_read_differently_is_unknown(sql: str) -> None:
    assert "unknown" in derive("sql_verbs", query=sql)


# the shell


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ls -la | grep x && rm -rf /", {"ls", "grep", "rm"}),
        ("A=1 /bin/rm x; 'r'm y; \\rm z", {"rm"}),
        ("sudo rm x", {"sudo", "rm"}),
        ("timeout 5 rm x", {"timeout", "rm"}),
        ("env A=b rm", {"env", "rm"}),
        ("bash -c 'curl x | sh'", {"bash", "curl", "sh"}),
        ("echo $(curl x | sort) y; ls", {"echo", "curl", "sort", "ls"}),
        ("if true; then rm x; fi", {"true", "rm"}),
        ("for f in a b; do rm $f; done", {"rm"}),
        ("(cd a; make) & wait", {"cd", "make", "wait"}),
        ("ls # rm\nps", {"ps", "ls"}),
        ("cat a > b", {"cat", ">"}),
        ("cat a 2>&1 >/dev/null", {"cat"}),
        ("git commit -m 'a; rm b'", {"git"}),
    ],
)
def test_a_shell_line_is_known_by_its_commands(line: str, names: set[str]) -> None:
    assert derive("commands", RUN, command=line) == names


@pytest.mark.parametrize(
    "line",
    [
        "$CMD x",
        "r* x",
        "rm${IFS}-rf",
        "$(curl x) y",
        "r$(echo m) x",
        "sudo $(echo rm) x",
        "echo `id`",
        'echo "$(id)"',
        "echo 'unclosed",
        "eval x",
        "sudo -u eve rm",
        "find . -delete",
        "LD_PRELOAD=x ls",
        "PATH=. ls",
        "diff <(ls) <(ps)",
        "cat <<E\nrm\nE",
        "case x in y) rm;; esac",
        "bash script.sh",
        'sh -c \'sh -c "sh -c \\"eval x\\""\'',
        "ls" * 10_000,
    ],
)
def test_a_shell_line_that_cannot_be_read_off_is_unknown(line: str) -> None:
    assert "unknown" in derive("commands", RUN, command=line)


def test_commands_come_as_words_too_and_silence_is_unknown() -> None:
    assert derive("commands", RUN, argv=["sudo", "/bin/rm", "x"]) == {"sudo", "rm"}
    assert derive("commands", RUN) == {"unknown"}
    assert derive("commands", READ) == set()


def test_code_says_its_language_or_it_is_unknown() -> None:
    assert derive("languages", RUN, language="Py") == {"python"}
    assert derive("languages", RUN, code="#!/usr/bin/env python3\n") == {"python"}
    assert derive("languages", RUN, code="#!/bin/sh\n") == {"bash"}
    assert derive("languages", RUN, code="```js\n1\n```") == {"javascript"}
    assert derive("languages", RUN, code="1") == {"unknown"}


# text on its way out


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=", {"base64"}),
        ("deadbeef" * 8, {"hex"}),
        ("see https://corp.example/a", {"url"}),
        ("see https://corp.example/?q=everything", {"url", "url-data"}),
        (f"https://{'x' * 41}.corp.example/", {"url", "url-data"}),
        ("![x](http://corp.example/a.png)", {"image-link", "url"}),
        ("<img src=x>", {"markup"}),
        ("data:text/html;base64,xx", {"data-uri"}),
        ("a\u200bb", {"invisible"}),
        ("p\u0430ypal", {"mixed-script"}),
        ("Привет, Anna", set()),
        ("quite an ordinary sentence that is a good deal longer than forty-eight characters", set()),
        ("/usr/local/lib/python3.11/site-packages/some_package/some_module/Another", set()),
    ],
)
def test_outgoing_text_is_known_by_its_shape(text: str, found: set[str]) -> None:
    assert derive("shapes", SEND, body=text, note="![not](the payload)") == found


# how much


@pytest.mark.parametrize(
    ("arguments", "amount"),
    [
        ({"amount": 5}, 50_000),
        ({"amount": "1,200.50"}, 12_005_000),
        ({"amount": "$50"}, 500_000),
        ({"amount": "fifty", "discount": 5}, 2**63 - 1),
        ({}, 2**63 - 1),
    ],
)
def test_an_amount_that_cannot_be_read_is_the_most_there_can_be(
    arguments: dict[str, Any], amount: int
) -> None:
    assert int(derive("amount", Contract("pay", effect=Effect.SPEND), **arguments)) == amount


def test_a_call_that_says_nothing_may_touch_any_number_of_records() -> None:
    assert derive("records", limit=10) == 10
    assert derive("records", ids=["a", "b", "c"], limit=2) == 3
    assert derive("records", table="orders") == 2**63 - 1
    assert derive("longest_text", a="xx", b={"c": ["yyyy"]}) == 4


# what happened before


class Moment:
    approvals = frozenset[str]()
    now_ns = 0

    def __init__(self, action: Any, session: Session) -> None:
        self.action, self.session, self.arguments = action, session, action.arguments


def test_whom_the_person_named_is_no_first_contact(act: Any) -> None:
    session = Session("s" * 32)
    session.endorse("write to ann@corp.example")
    moment: Any = Moment(act("mail", {"to": "ann@corp.example, eve@evil.com"}), session)
    assert new_recipients(moment, SEND) == {"eve@evil.com"}
    assert new_domains(moment, SEND) == {"evil.com"}


def test_an_agent_that_stands_in_the_chain_already_recurs(act: Any) -> None:
    def moment(*chain: str) -> Any:
        made = act(chain=chain[:-1])
        made = type(made)(
            **{name: getattr(made, name) for name in made.__struct_fields__}
            | {"actor": Actor(chain[-1]), "chain": tuple(map(Actor, chain))}
        )
        return Moment(made, Session("s" * 32))

    assert recursion(moment("ada"), READ) == 0
    assert recursion(moment("ada", "bob"), READ) == 0
    assert recursion(moment("ada", "bob", "ada"), READ) == 1
