"""Keys are known by their makers, and what only looks like one is passed over."""

from __future__ import annotations

import string
import uuid

import pytest

from holdfast.decision.content import Family, scan
from holdfast.decision.content.samples import is_published
from holdfast.decision.content.shapes import counts_up

# Put together here, so that no scanner takes these made-up values for leaked ones.
HEX = "3f9a0c17d2e84b65" * 4
MIXED = "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xYz5T6qK"
DIGITS = str.maketrans("abcdef", "123456")
UUID = str(uuid.UUID(int=0x5A3C9F20_1B7D_4E68_9A0B_C1D2E3F40516))


def found(text: str) -> list[str]:
    return [text[each.start : each.end] for each in scan(text, {Family.SECRET})]


@pytest.mark.parametrize(
    "form", ["{} KEY {}", "{}SECRET-{}", "{}.token={}", "{}-access-{}", "{}: {}", "{}={}"]
)
@pytest.mark.parametrize("value", [UUID, HEX[:32], HEX[:40], MIXED[:20], MIXED[:32]])
def test_what_follows_the_name_of_a_maker_is_a_key(form: str, value: str) -> None:
    assert found(form.format("diffbot", value)) == [value]


@pytest.mark.parametrize(
    "text",
    [
        "zoom into the monday meeting, then harvest the linear columns of the segment report",
        "diffbot version=3f9a0c17d2e84b653f9a0c17d2e84b65",
        "github.com/acme/widgets/blob/main/README.md",
        "see stripe-java-client-library-documentation",
        "diffbot_key = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "slack_token = ${SLACK_TOKEN}",
    ],
)
def test_the_name_of_a_maker_alone_says_nothing(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("meraki-api-key: ", HEX[:39].upper() + "a"),
        ("AWS_SECRET_ACCESS_KEY=", HEX[:42]),
        ("SUMO_ACCESS_KEY: ", "AbCeFG123"),
        ("okta_api_key: ", "00" + MIXED[:20] + "-" + MIXED[:20]),
    ],
)
def test_a_value_of_another_shape_than_its_maker_documents_is_passed_over(name: str, value: str) -> None:
    assert found(name + value) == []


def test_a_published_sample_is_no_secret_and_its_neighbour_is() -> None:
    sample = "AIza" + "Sy" + string.ascii_lowercase + "1234567"
    assert is_published(sample)
    assert found(sample) == []
    assert found(sample[:-1] + "Q")


def test_a_stretch_of_the_alphabet_is_nothing_drawn_at_random() -> None:
    assert counts_up("xx-klmnopqrstuv")
    assert counts_up("KLMNopqrstuv")
    assert not counts_up(MIXED)
    assert found(f"{'sk-ant'}-api03-{string.ascii_lowercase}-{HEX[:20]}") == []


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('new NetworkCredential("bob", "hunter22")', "hunter22"),
        ("requests.get(url, auth=('bob', 'hunter22'))", "hunter22"),
        ("user = Aladdin\n// a remark\npassword = open_sesame\n", "open_sesame"),
        ("credentials {\n  username 'user'\n  password 'password'\n}", "password"),
        ("sshpass -p 'hunter22' ssh root@host", "hunter22"),
        ("id/pw = master / dipPr10Gg!", "dipPr10Gg!"),
        ("비밀번호: dipPr10Gg!", "dipPr10Gg!"),
        ('{"name": "password", "value": "dipPr10Gg!"}', "dipPr10Gg!"),
        ('const PASSWORD: &str = "dipPr10Gg!";', "dipPr10Gg!"),
        ("password = b'dipPr10Gg!'", "dipPr10Gg!"),
        ("key = new byte[]{1, 22, 33, 44, 55, 66, 77, 88, 99}", "1, 22, 33, 44, 55, 66, 77, 88, 99"),
        ("kind: Secret\ndata:\n  db: aHVudGVyMjJodW50\n", "aHVudGVyMjJodW50"),
    ],
)
def test_a_password_is_found_where_people_write_it(text: str, value: str) -> None:
    assert found(text) == [value]


@pytest.mark.parametrize(
    "text",
    ["auth_key = _normalize_header_key(name)", "class Token(BaseTokenAdapter):", "pass = passwords[0]"],
)
def test_a_call_or_a_variable_is_no_password(text: str) -> None:
    assert found(text) == []


def test_colours_of_a_terminal_hide_no_key() -> None:
    key = f"{'sq0csp'}-{MIXED}"
    assert found(f'"\x1b[94m{key}\x1b[0m"') == [key]


@pytest.mark.parametrize(
    "form",
    ["{} KEY\n{}\n", '{}["key"] = "{}"', "{} | key | {}", "{} - access - {}", "{} private key: {}"],
)
@pytest.mark.parametrize("value", [UUID, HEX[:32], MIXED[:32], f"{HEX[:16]}:{HEX[16:32]}"])
def test_a_maker_a_word_and_a_value_are_put_together_however_they_are_parted(form: str, value: str) -> None:
    assert found(form.format("diffbot", value)) == [value]


@pytest.mark.parametrize(
    "key",
    [
        f"da2-{HEX[:26]}",
        f"akab-{HEX[:16]}-{HEX[16:32]}",
        f"{'ghs'}_12345_{'eyJ'}{MIXED}.{MIXED}.{MIXED}",
        f"SWMTKN-1-{HEX[:50]}-{HEX[:25]}",
        f"RGAPI-{UUID}",
        f"nyk_v0_{MIXED}{MIXED[:26]}",
        f"llx-{MIXED}{MIXED[:10]}",
        f"v4.local.{MIXED}",
        f"k4.secret.{MIXED}",
        f"TlRMTVNTUAADAAAA{MIXED}",
        f"MTIzNDU2Nzg5MDEyO{MIXED[:27]}",
        f"access_token$production${MIXED[:16].lower()}${MIXED[:32].lower()}",
        f"{MIXED[:10]}bAAAAAAAAAAb{MIXED}{MIXED[:4]}",
    ],
)
def test_a_key_is_known_by_what_its_maker_always_writes(key: str) -> None:
    assert found(f"use {key} here") == [key]


@pytest.mark.parametrize(
    "text",
    [
        "redis-cli -h cache -a S3cretPw1 ping",
        "ldapsearch -D cn=admin -w S3cretPw1",
        "smbclient -U bob%S3cretPw1 //share",
        "<key>DatabasePassword</key>\n<string>S3cretPw1</string>",
    ],
)
def test_a_password_is_known_by_the_option_or_the_entry_it_stands_in(text: str) -> None:
    assert found(text) == ["S3cretPw1"]


@pytest.mark.parametrize(
    "key",
    [
        f"sgp_{HEX}",
        f"sgd_{HEX}",
        f"pat-{'ap1'}-{UUID}",
        f"r.{MIXED[:24]}",
        f"b.AAAAAQ{HEX}",
        f"2/{HEX[:16].translate(DIGITS)}/{HEX[:16].translate(DIGITS)}:{HEX[:32]}",
        f"oa2-client-id_{HEX[:32]}:{MIXED}ab",
        f"odt_{HEX[:8]}_{HEX[:32]}",
        f"123456789012345|{MIXED[:27]}",
        f"https://api.telegram.org/bot123456789:AA{MIXED[:33]}/getMe",
        f"https://discord.com/api/v10/webhooks/{'1' * 18}/{HEX}",
        f"https://hooks.slack-gov.com/services/T{HEX[:8]}/B{HEX[:8]}/{MIXED[:24]}",
        f"IQoJb3JpZ2luX2Vj{MIXED}{MIXED}",
        f"eyAi{MIXED}.{MIXED}.{MIXED}",
        f"11{HEX[:32]}",
        f"Jenkins-Crumb: {HEX[:32]}",
        f"sumologic_access_id = su{MIXED[:12]}",
        f"statuspage_token = {MIXED}",
    ],
)
def test_makers_write_their_keys_like_this(key: str) -> None:
    assert found(key)


@pytest.mark.parametrize(
    "form",
    [
        "password = {quotes}{value}{quotes}",
        "<td>password</td><td>{value}</td>",
        "**Password:** {value}",
        "<b>Password</b>: {value}",
        '<Password Type="text">{value}</Password>',
        "<password><![CDATA[{value}]]></password>",
        "password: |\n  {value}",
        'password <- "{value}"',
        'var password string = "{value}"',
        'let password: String = String::from("{value}");',
        'settings.get("password") or "{value}"',
        'password.value = "{value}"',
        '{{"password": {{"value": "{value}"}}}}',
        '{{"key":"password","value":"{value}"}}',
        'variable "db_password" {{\n  type    = string\n  default = "{value}"\n}}',
        '<input name="password" type="hidden" value="{value}">',
        "Password (login): {value}",
        "P/W: {value}",
        "pass word: {value}",
        "the password was changed to {value}",
        "?user=bob&password={value}",
        "jwt.sign(payload, '{value}')",
        "mongosh --username bob --password {value}",
    ],
)
def test_a_password_is_found_however_code_data_and_prose_give_it(form: str) -> None:
    assert found(form.format(value="dipPr10Gg!", quotes='"' * 3)) == ["dipPr10Gg!"]


@pytest.mark.parametrize(
    "text",
    [
        "Positional arguments to pass to `func`.",
        "<td>password</td><td>required</td>",
        "**Password:** must have twelve characters",
        'password = password.encode("utf-8")',
        "nextPageToken: 3f9a0c17d2e84b653f9a0c17d2e84b65",
        'variable "db_password" {\n  type = string\n}',
    ],
)
def test_a_sign_without_a_value_gives_nothing(text: str) -> None:
    assert found(text) == []


def test_a_line_torn_out_of_a_key_of_openssh_is_one() -> None:
    line = "/".join((MIXED[:34], MIXED[:35]))
    assert len(line) == 70  # where it breaks its lines
    assert found(f"before\n{line}\nafter") == [line]
