"""The report of the detectors, over REST."""

from __future__ import annotations


async def test_every_detector_says_how_often_it_is_right(here):
    answer = await here.http.get("/v1/detectors/report")
    assert answer.status_code == 200
    items = answer.json()["items"]
    assert {one["detector"] for one in items} == {"secret", "pii", "injection"}
    for one in items:
        if one["n"]:
            assert one["recall_low"] <= one["recall"] <= one["recall_high"]
    assert {one["peer"]["name"] for one in items if one["peer"]} == {"agent-governance-toolkit"}
