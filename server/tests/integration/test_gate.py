"""Who may speak to the server."""

from __future__ import annotations

import pytest

from holdfast_server.errors import Misconfigured
from holdfast_server.settings import Access, Http, load_settings

KEY = "a-key-of-sixteen-and-more"
WRITE = {"scope": "org", "by": "ann"}


@pytest.mark.parametrize("host", ["127.0.0.1:7420", "localhost:7420", "[::1]:7420", "localhost"])
async def test_this_machine_may_ask(here, host):
    assert (await here.http.get("/v1/fleet", headers={"host": host})).status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:7420", "192.168.0.9:7420"])
async def test_a_name_rebound_to_this_machine_is_refused(here, host):
    response = await here.http.get("/v1/fleet", headers={"host": host})
    assert (response.status_code, response.json()["code"]) == (403, "foreign_host")


async def test_a_further_name_can_be_allowed(start_here):
    async with start_here(access=Access(hosts=("holdfast.internal",))) as here:
        assert (await here.http.get("/v1/fleet", headers={"host": "holdfast.internal"})).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"sec-fetch-site": "cross-site"},
    ],
)
async def test_another_site_may_not_write(here, headers):
    response = await here.http.post("/v1/kills", json=WRITE, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "foreign_origin")
    assert (await here.http.get("/v1/kills")).json()["items"] == []


async def test_the_console_may_write(here):
    headers = {"origin": "http://127.0.0.1:7420", "sec-fetch-site": "same-origin"}
    assert (await here.http.post("/v1/kills", json=WRITE, headers=headers)).status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"cookie": "holdfast_access=no"},
    ],
)
async def test_with_a_key_nobody_asks_without_it(start_here, headers):
    async with start_here(access=Access(key=KEY)) as here:
        response = await here.http.get("/v1/runs", headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "no_access")
        assert (await here.http.get("/v1/health")).status_code == 200


@pytest.mark.parametrize(
    "headers", [{"authorization": f"Bearer {KEY}"}, {"cookie": f"holdfast_access={KEY}"}]
)
async def test_with_a_key_whoever_holds_it_may_ask_by_any_name(start_here, headers):
    async with start_here(access=Access(key=KEY)) as here:
        response = await here.http.get("/v1/runs", headers=headers | {"host": "holdfast.internal"})
        assert response.status_code == 200


def test_listening_beyond_this_machine_needs_a_key(tmp_path):
    settings = load_settings(http={"host": "0.0.0.0"}, data=tmp_path)
    with pytest.raises(Misconfigured, match=r"access\.key"):
        settings.refuse_open_doors()
    settings.model_copy(update={"access": Access(key=KEY), "http": Http(host="0.0.0.0")}).refuse_open_doors()


async def test_the_key_is_never_shown(start_here):
    async with start_here(access=Access(key=KEY)) as here:
        assert KEY not in repr(here.services.settings)
