"""Whatever was taken in can be looked at: no span makes a page of its run fail, or an export stop short."""

from __future__ import annotations

import time
from typing import Any

import pytest

NOW = time.time_ns()
DEEP = '{"a":' * 900 + "1" + "}" * 900
DEEPER = "[" * 5_000 + "]" * 5_000
MODEL = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "openai/gpt-4o-mini"}
TOOL = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay"}
PAGES = (
    *("", "/steps", "/outline", "/conversation", "/links", "/edges", "/tool-calls", "/attribution"),
    *("/export?as=json", "/export?as=csv", "/export?as=otlp"),
)


@pytest.fixture
def control_url() -> str:
    return "sqlite://"


def said(about: dict[str, Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", float: "doubleValue", int: "intValue"}
    return [{"key": name, "value": {kinds[type(value)]: value}} for name, value in about.items()]


def many_events() -> dict[str, Any]:
    about = said({f"key {number}": "v" * 60 for number in range(30)})
    return {"events": [{"name": "e", "timeUnixNano": str(NOW), "attributes": about}] * 128}


def many_links() -> dict[str, Any]:
    about = said({"text": "v" * 2_000})
    return {
        "links": [{"traceId": "07" * 16, "spanId": f"{n:016x}", "attributes": about} for n in range(1, 129)]
    }


CASES: dict[str, dict[str, Any]] = {
    "events beyond a row": many_events(),
    "links beyond a row": many_links(),
    "messages nested beyond reading": {"attributes": said({**MODEL, "gen_ai.input.messages": DEEPER})},
    "messages nested beyond showing": {"attributes": said({**MODEL, "gen_ai.output.messages": DEEP})},
    "messages that are none": {"attributes": said({**MODEL, "gen_ai.input.messages": '[{"role":5},7,null]'})},
    "arguments nested beyond showing": {
        "attributes": said({**TOOL, "gen_ai.tool.call.arguments": DEEP, "gen_ai.tool.call.result": DEEPER})
    },
    "attributes nested beyond showing": {"attributes": said({"mine": DEEP, "other": DEEPER})},
    "numbers beyond floats": {"attributes": said({**TOOL, "gen_ai.tool.call.result": '{"x":1e999}'})},
    "no text but zeros": {"name": "a\0b", "attributes": said({"x\0y": "\0"})},
    "a moment at the end of time": {"events": [{"name": "e", "timeUnixNano": str(2**64 - 1)}]},
}


async def send(here, **span: Any) -> None:
    known = {"traceId": "0a" * 16, "spanId": "0b" * 8, "name": "x"}
    known |= {"startTimeUnixNano": str(NOW - 10**9), "endTimeUnixNano": str(NOW)}
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [known | span]}]}]}
    answer = await here.http.post("/v1/traces", json=body)
    assert (answer.status_code, answer.json()) == (200, {})
    await here.stored()


@pytest.mark.parametrize("case", CASES)
async def test_every_page_of_a_run_answers_whatever_its_spans_hold(here, case):
    await send(here, **CASES[case])
    for page in PAGES:
        answer = await here.http.get(f"/v1/runs/{'0a' * 16}{page}")
        assert answer.status_code == 200, (page, answer.text)
        assert answer.text
    step = await here.http.get(f"/v1/steps/{'0b' * 8}", params={"trace": "0a" * 16})
    assert step.status_code == 200, step.text
    again = (await here.http.get(f"/v1/runs/{'0a' * 16}/export", params={"as": "otlp"})).json()
    assert (await here.http.post("/v1/traces", json=again)).json() == {}


async def test_what_stands_apart_is_said_to_and_found_again(here):
    await send(here, **many_events())
    (event,) = (await here.http.get(f"/v1/steps/{'0b' * 8}")).json()["events"]
    name = event["kept_apart"].partition("[blob:")[2][:64]
    whole = await here.http.get(f"/v1/blobs/{name}")
    assert whole.text.count('"key 29"') == 128


async def test_arguments_of_a_record_that_are_nested_deeply_are_shown_as_text(here, make_agent):
    agent = make_agent()
    agent.begin()
    deep: Any = 1
    for _ in range(300):
        deep = {"a": deep}
    step = agent.decide("tool", "pay", payload={"arguments": deep})
    assert (await here.http.post("/v1/records", json=agent.envelope())).status_code == 200
    told = (await here.http.get(f"/v1/steps/{step}")).json()
    assert told["arguments"].startswith('{"a":{"a":')


@pytest.mark.parametrize("count", [2**63 - 1, 10**10, -5, float("inf"), 1e300])
async def test_a_count_of_tokens_that_cannot_be_costs_nothing(here, count):
    about = {**MODEL, "gen_ai.usage.output_tokens": 10}
    value = {"intValue": str(count)} if isinstance(count, int) else {"doubleValue": str(count)}
    if value.get("doubleValue") == "inf":
        value = {"doubleValue": "Infinity"}
    wrong = {"key": "gen_ai.usage.input_tokens", "value": value}
    await send(here, attributes=[*said(about), wrong])
    told = (await here.http.get("/v1/costs")).json()["total"]
    assert (told["tokens_in"], told["tokens_out"]) == (0, 10)
    assert told["cost_usd"] < 0.001
