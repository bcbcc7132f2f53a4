"""Lists as tables: every list of runs, sessions and what a search finds, also as CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


async def fill(here, make_agent, trace_request) -> None:
    halted = make_agent("=cmd()")
    halted.begin('a "title", with commas')
    halted.decide("tool", "pay", "halt", payload={"reasons": [{"rule": "cap", "message": "too much"}]})
    assert (await here.http.post("/v1/records", json=halted.envelope())).status_code == 200
    body = trace_request(3).SerializeToString()
    assert (await here.http.post("/v1/traces", content=body, headers=PROTOBUF)).status_code == 200
    await here.stored()


async def read(here, path: str, **query: Any) -> tuple[list[dict[str, str]], str]:
    answer = await here.http.get(path, params=query, headers={"accept": "text/csv"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text))), answer.headers.get("x-next-cursor", "")


LISTS = (
    ("/v1/runs", {}),
    ("/v1/sessions", {}),
    *(("/v1/search", {"in": noun}) for noun in ("runs", "spans", "decisions", "ledger")),
)


@pytest.mark.parametrize(("path", "query"), LISTS)
async def test_a_list_as_csv_has_what_it_has_as_json(here, make_agent, trace_request, path, query):
    await fill(here, make_agent, trace_request)
    rows, _ = await read(here, path, **query)
    items = (await here.http.get(path, params=query)).json()["items"]
    name = "index" if query.get("in") == "ledger" else "id"
    assert [row[name] for row in rows] == [str(item[name]) for item in items] != []


async def test_the_columns_are_the_same_on_every_page_whatever_is_null(here, make_agent, trace_request):
    await fill(here, make_agent, trace_request)
    first, cursor = await read(here, "/v1/runs", limit=1)
    second, end = await read(here, "/v1/runs", limit=1, cursor=cursor)
    assert list(first[0]) == list(second[0])
    assert end == ""
    stopped = {row["agent"]: (row["stopped_by.rule"], row["verdicts.halt"]) for row in first + second}
    assert stopped == {"'=cmd()": ("cap", "1"), "shop": ("", "0")}


async def test_the_runs_of_a_session_as_csv(here, make_agent, trace_request):
    await fill(here, make_agent, trace_request)
    rows, _ = await read(here, "/v1/sessions/s1/runs")
    assert [row["title"] for row in rows] == ['a "title", with commas']
