"""What people say to the gateway: keys told once, secrets sealed, routes that lead somewhere."""

from __future__ import annotations

import json
import ssl
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from server.tests.integration.authority import Authority

from holdfast_server.access.keys.secret import digest, is_well_formed
from holdfast_server.access.vault.keyring import open_keyring
from holdfast_server.access.vault.vault import Vault
from holdfast_server.action.llm.desk.reading import read_marks, read_published, read_said
from holdfast_server.errors import Misconfigured
from holdfast_server.kit.clock import system_clock

SECRET = "sk-provider-0123456789abcdef"


def holding(folder: Path, text: str) -> list[Path]:
    """The files in which a text stands as it is."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]


async def make_key(here: Any, **said: Any) -> dict[str, Any]:
    answer = await here.http.post(
        "/v1/gateway/keys", json={"name": "ci", "agent": "refunds", "by": "ann", **said}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def put_provider(here: Any, name: str = "acme", **said: Any) -> Any:
    body = {"base_url": "https://models.example", "by": "ann", **said}
    return await here.http.put(f"/v1/gateway/providers/{name}", json=body)


async def said(here: Any, **environ: str) -> Any:
    db, data = here.services.gateway._db, here.services.settings.data  # what the gateway reads
    vault = Vault(open_keyring(data / "keys", environ={}, make=False))
    async with db.read() as connection:
        return await read_said(connection, vault, environ, system_clock())


async def test_a_key_is_told_once_and_only_its_digest_is_kept(here: Any) -> None:
    made = await make_key(here, models=["openai/*"], budget_usd=5, budget_window="day", tags={"team": "ops"})
    secret = made["secret"]
    assert is_well_formed(secret)
    assert secret.startswith(made["prefix"])
    assert not is_well_formed(secret[:-1] + ("a" if secret[-1] != "a" else "b"))

    listed = (await here.http.get("/v1/gateway/keys")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert "secret" not in listed[0]
    assert (listed[0]["budget_usd"], listed[0]["used_usd"], listed[0]["state"]) == (5, 0, "active")
    (key,) = (await said(here)).keys
    assert key.digest == digest(secret)
    assert key.models == ("openai/*",)
    assert key.tags == {"team": "ops"}
    assert secret not in repr(key)


async def test_a_rotated_key_is_good_twice_for_a_while_and_a_revoked_one_never(here: Any) -> None:
    made = await make_key(here)
    path = f"/v1/gateway/keys/{made['id']}"
    fresh = (await here.http.post(f"{path}/rotate", json={"grace_s": 60, "by": "ann"})).json()
    keys = (await said(here)).keys
    assert {key.digest for key in keys} == {digest(made["secret"]), digest(fresh["secret"])}
    assert {key.id for key in keys} == {made["id"]}
    assert sorted(key.expires_ns > 0 for key in keys) == [False, True]

    again = (await here.http.post(f"{path}/rotate", json={"by": "ann"})).json()
    assert [key.digest for key in (await said(here)).keys] == [digest(again["secret"])]
    gone = (await here.http.post(f"{path}/revoke", json={"by": "bob"})).json()
    assert (gone["state"], gone["revoked_by"]) == ("revoked", "bob")
    assert (await said(here)).keys == ()
    for path_again, body in ((f"{path}/revoke", {"by": "bob"}), (f"{path}/rotate", {"by": "bob"})):
        assert (await here.http.post(path_again, json=body)).status_code == 409


async def test_keys_are_paged_newest_first(here: Any) -> None:
    made = [(await make_key(here, name=f"key {place}"))["id"] for place in range(3)]
    first = (await here.http.get("/v1/gateway/keys", params={"limit": 2})).json()
    rest = (await here.http.get("/v1/gateway/keys", params={"limit": 2, "cursor": first["next"]})).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x", "by": "ann"}, 422),
        ({"name": "x", "agent": "a", "by": "ann", "expires_at": "2001-01-01T00:00:00Z"}, 400),
        ({"name": "x", "agent": "a", "by": "ann", "expires_at": "2101-01-01T00:00:00"}, 422),
        ({"name": "x", "agent": "a", "by": "ann", "ttl_s": 5, "expires_at": "2101-01-01T00:00:00Z"}, 422),
        ({"name": "x", "agent": "a", "by": "ann", "secret": "mine"}, 422),
    ],
)
async def test_a_key_that_cannot_be_is_refused(here: Any, body: dict[str, Any], status: int) -> None:
    answer = await here.http.post("/v1/gateway/keys", json=body)
    assert answer.status_code == status
    assert answer.json()["detail"]


async def test_a_secret_goes_in_and_never_comes_back(here: Any) -> None:
    answer = await put_provider(here, secret=SECRET, headers={"x-team": "ops"}, region="eu")
    assert answer.status_code == 200
    assert SECRET not in answer.text
    assert (answer.json()["has_secret"], answer.json()["secret_hint"]) == (True, SECRET[-4:])
    data: Path = here.services.settings.data
    file = data / "keys" / "vault.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert holding(data, SECRET) == []
    (provider,) = (await said(here)).providers
    assert (provider.secret, provider.region) == (SECRET, "eu")
    assert SECRET not in repr(provider)

    kept = (await put_provider(here, region="us")).json()
    assert (kept["has_secret"], kept["region"]) == (True, "us")
    gone = (await put_provider(here, secret="")).json()
    assert not gone["has_secret"]
    assert "no secret" in gone["problem"]


async def test_the_vault_changes_its_key_and_every_secret_still_opens(here: Any) -> None:
    await put_provider(here, secret=SECRET)
    data: Path = here.services.settings.data
    before = (data / "keys" / "vault.key").read_text()
    assert (await here.http.post("/v1/gateway/vault/rotate", json={"by": "ann"})).json() == {"secrets": 1}
    assert (data / "keys" / "vault.key").read_text() != before
    assert (await said(here)).providers[0].secret == SECRET


async def test_a_secret_of_another_vault_is_named_and_its_provider_left_out(here: Any) -> None:
    await put_provider(here, secret=SECRET)
    (here.services.settings.data / "keys" / "vault.key").unlink()
    other = open_keyring(here.services.settings.data / "keys", environ={}, make=True)
    assert other is not None
    found = await said(here)
    assert found.providers == ()
    assert "was sealed with the vault key" in found.problems[0]
    assert "HOLDFAST_VAULT_KEY" in found.problems[0]


def test_a_vault_key_that_is_none_or_open_to_others_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="key of 32 bytes"):
        open_keyring(tmp_path, environ={"HOLDFAST_VAULT_KEY": "short"}, make=False)
    assert open_keyring(tmp_path, environ={}, make=False) is None
    open_keyring(tmp_path, environ={}, make=True)
    (tmp_path / "vault.key").chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        open_keyring(tmp_path, environ={}, make=True)
    with pytest.raises(Misconfigured, match="no key to the vault"):
        Vault(None).open(b"\x01", about="it")


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("acme", {"base_url": "ftp://models.example"}),
        ("acme", {"base_url": "https://user:pass@models.example"}),
        ("acme", {"base_url": "https://models.example/v1"}),
        ("acme", {"base_url": "https://models.example?key=1"}),
        ("acme", {"headers": {"Content-Length": "1"}}),
        ("acme", {"headers": {"x": "a\r\nb"}}),
        ("acme", {"secret": "two\nlines"}),
        ("acme", {"apis": ["telepathy"]}),
        ("Not A Name", {}),
    ],
)
async def test_a_provider_that_cannot_be_is_refused(here: Any, name: str, body: dict[str, Any]) -> None:
    answer = await put_provider(here, name, **body)
    assert answer.status_code in (400, 422)
    assert answer.json()["detail"]


async def test_providers_of_the_environment_need_nothing_stored(
    here: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("GEMINI_API_KEY", raising=False)
    await put_provider(here, auth="none")
    listed = (await here.http.get("/v1/gateway/providers")).json()["items"]
    assert [(one["name"], one["built_in"]) for one in listed] == [("acme", False), ("anthropic", True)]
    refused = await here.http.request("DELETE", "/v1/gateway/providers/anthropic", json={"by": "ann"})
    assert refused.status_code == 409
    assert "ANTHROPIC_API_KEY" in refused.json()["hint"]
    names = [one.name for one in (await said(here, ANTHROPIC_API_KEY=SECRET)).providers]
    assert names == ["acme", "anthropic"]


async def test_a_route_leads_to_providers_that_are_there(here: Any) -> None:
    body = {"targets": [{"provider": "acme", "model": "small"}], "by": "ann"}
    refused = await here.http.put("/v1/gateway/routes/fast", json=body)
    assert refused.status_code == 400
    assert "acme" in refused.json()["detail"]
    await put_provider(here, auth="none")
    cache = {"exact": True, "ttl_s": 60}
    made = await here.http.put("/v1/gateway/routes/fast", json={**body, "strategy": "cost", "cache": cache})
    assert made.status_code == 200
    assert made.json()["cache"]["exact"]
    (route,) = (await said(here)).routes
    assert (route.alias, route.strategy, route.targets[0].model) == ("fast", "cost", "small")
    assert route.cache is not None
    assert route.cache.ttl_s == 60
    await here.http.request("DELETE", "/v1/gateway/providers/acme", json={"by": "ann"})
    (shown,) = (await here.http.get("/v1/gateway/routes")).json()["items"]
    assert "acme" in shown["problem"]
    assert (
        await here.http.request("DELETE", "/v1/gateway/routes/fast", json={"by": "ann"})
    ).status_code == 200
    assert (await here.http.get("/v1/gateway/routes/fast")).status_code == 404


async def test_every_change_is_counted_and_policies_are_published(here: Any) -> None:
    db = here.services.gateway._db  # what the gateway reads
    async with db.read() as connection:
        before = await connection.run_sync(read_marks)
    await make_key(here)
    kill = {"scope": "agent", "target": "refunds", "by": "ann"}
    await here.http.post("/v1/kills", json=kill)
    async with db.read() as connection:
        after = await connection.run_sync(read_marks)
    assert after.seqs != before.seqs
    assert after.kills == {("agent", "refunds")}
    assert after.ordered_ns > before.ordered_ns
    for _ in range(200):
        async with db.read() as connection:
            published = await read_published(connection)
        if published is not None:
            break
        import asyncio

        await asyncio.sleep(0.02)
    assert published is not None
    bundle = published.bundle.compile()
    assert bundle is not None
    assert bundle.hash == here.services.policies.bundle().hash


async def test_without_a_gateway_the_status_says_the_next_step(here: Any) -> None:
    status = (await here.http.get("/v1/gateway")).json()
    assert status["url"] == ""
    assert "holdfast up" in status["problem"]
    asked = {"agent": "refunds", "route": "fast", "body": {}}
    assert (await here.http.post("/v1/gateway/playground", json=asked)).status_code == 503
    assert (
        await here.http.post("/v1/gateway/playground", json={"route": "fast", "body": {}})
    ).status_code == 400


async def test_every_change_is_in_the_ledger_without_a_secret(here: Any) -> None:
    made = await make_key(here)
    path = f"/v1/gateway/keys/{made['id']}"
    rotated = (await here.http.post(f"{path}/rotate", json={"by": "bob"})).json()
    await here.http.post(f"{path}/revoke", json={"by": "cleo"})
    await put_provider(here, secret=SECRET)
    await put_provider(here, models=["acme-*"])
    await here.http.post("/v1/gateway/vault/rotate", json={"by": "fay"})
    route = {"targets": [{"provider": "acme", "model": "acme-1"}], "by": "dan"}
    await here.http.put("/v1/gateway/routes/fast", json=route)
    for gone in ("routes/fast", "providers/acme"):
        await here.http.request("DELETE", f"/v1/gateway/{gone}", json={"by": "eve"})

    entries = (await here.http.get("/v1/ledger")).json()["items"][::-1]
    found = [one for one in entries if one["type"] == "gateway"]
    assert [(one["target"], one["status"], one["record"]["by"]) for one in found] == [
        (f"key:{made['id']}", "made", "ann"),
        (f"key:{made['id']}", "rotated", "bob"),
        (f"key:{made['id']}", "revoked", "cleo"),
        ("provider:acme", "set", "ann"),
        ("provider:acme", "set", "ann"),
        ("provider:acme", "resealed", "fay"),
        ("route:fast", "set", "dan"),
        ("route:fast", "removed", "eve"),
        ("provider:acme", "removed", "eve"),
    ]
    for target in ("key", "provider", "route"):
        records = [one["record"] for one in found if one["record"]["kind"] == target]
        befores, afters = ([one[f"{when}_commit"] for one in records] for when in ("before", "after"))
        assert befores == ["", *afters[:-1]], "each begins with what the one before it left"
        assert len(set(afters)) == len(afters)
    told = json.dumps(found)
    assert not any(secret in told for secret in (made["secret"], rotated["secret"], SECRET))
    assert (await here.http.post("/v1/ledger/verify")).json()["ok"]


async def test_a_change_that_is_refused_leaves_no_record(here: Any) -> None:
    made = await make_key(here)
    before = (await here.http.get("/v1/ledger")).json()["items"]
    answer = await here.http.put(
        "/v1/gateway/routes/fast", json={"targets": [{"provider": "none", "model": "m"}], "by": "dan"}
    )
    assert answer.status_code == 400
    assert (await here.http.post("/v1/gateway/keys/key_none/revoke", json={"by": "x"})).status_code == 404
    assert (await here.http.get("/v1/ledger")).json()["items"] == before
    assert before[0]["target"] == f"key:{made['id']}"


@contextmanager
def naming(*models: str, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Somebody who names models at `/v1/models`."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps({"data": [{"id": one} for one in models]}).encode()
            self.send_response(200 if self.path == "/v1/models" else 404)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            with suppress(ConnectionError):
                self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def test_what_cannot_be_taken_is_said_by_its_field_and_in_plain_words(here: Any) -> None:
    answer = await put_provider(here, base_url="https://models.example/v1")
    assert answer.status_code == 422
    said = "base_url: leave /v1 out: what clients ask for begins with it."
    assert answer.json()["detail"] == said


async def test_asking_a_provider_trusts_the_authorities_that_calls_trust(
    here: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path)
    with naming("acme-1", context=authority.context) as url:
        await put_provider(here, base_url=url, secret=SECRET)
        stranger = (await here.http.post("/v1/gateway/providers/acme/check")).json()
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        known = (await here.http.post("/v1/gateway/providers/acme/check")).json()
        monkeypatch.delenv("SSL_CERT_FILE")
        await put_provider(here, base_url=url, secret=SECRET, ca_file=str(authority.file))
        named = (await here.http.post("/v1/gateway/providers/acme/check")).json()
        absent = str(tmp_path / "absent.pem")
        await put_provider(here, base_url=url, secret=SECRET, ca_file=absent)
        lost = (await here.http.post("/v1/gateway/providers/acme/check")).json()
    assert absent in lost["detail"]
    assert (stranger["ok"], known["ok"], named["ok"]) == (False, True, True)
    assert "CERTIFICATE_VERIFY_FAILED" in stranger["detail"]


async def test_a_list_of_models_without_an_end_is_not_read_to_it(here: Any) -> None:
    with naming(*("m" * 1_000,) * 5_000) as url:
        await put_provider(here, base_url=url, secret=SECRET)
        checked = (await here.http.post("/v1/gateway/providers/acme/check")).json()
    assert (checked["ok"], checked["models"]) == (False, [])
    assert "longer than" in checked["detail"]


async def test_what_a_provider_names_is_known_to_every_gateway_until_it_is_removed(here: Any) -> None:
    with naming("acme-1", "acme-2", "other") as url:
        await put_provider(here, base_url=url, models=["acme-*"], secret=SECRET)
        checked = (await here.http.post("/v1/gateway/providers/acme/check")).json()
    assert (checked["ok"], checked["models"]) == (True, ["acme-1", "acme-2", "other"])
    (provider,) = (await said(here)).providers
    assert provider.known == ("acme-1", "acme-2", "other")
    assert not (await here.http.post("/v1/gateway/providers/acme/check")).json()["ok"]
    assert (await said(here)).providers == (provider,), "what is away is not forgotten"
    await here.http.request("DELETE", "/v1/gateway/providers/acme", json={"by": "ann"})
    await put_provider(here)
    assert (await said(here)).providers[0].known == ()


async def test_a_cache_compares_by_an_endpoint_that_is_there(here: Any) -> None:
    await put_provider(here, apis=["chat", "embeddings"])
    body = {"targets": [{"provider": "acme", "model": "m"}], "by": "ann"}
    for provider, status in (("gone", 400), ("acme", 200)):
        cache = {"semantic": True, "embeddings": f"{provider}/embed"}
        answer = await here.http.put("/v1/gateway/routes/fast", json={**body, "cache": cache})
        assert answer.status_code == status, answer.text
    (route,) = (await said(here)).routes
    assert route.cache.embeddings == "acme/embed"
