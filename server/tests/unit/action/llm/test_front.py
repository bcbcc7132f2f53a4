"""What a worker says of itself to whoever scrapes it."""

from __future__ import annotations

from holdfast_server.action.llm.front import exposition
from holdfast_server.action.llm.messages import Health, Stats


def test_every_figure_is_exact_and_says_whose_it_is() -> None:
    text = exposition("w1", Stats(requests=12_345_678, rss_mb=70.5, turned_away={"invalid_api_key": 3}))
    assert 'holdfast_gateway_requests_total{worker="w1"} 12345678' in text
    assert 'holdfast_gateway_resident_bytes{worker="w1"} 70500000' in text
    assert 'holdfast_gateway_turned_away_total{worker="w1",code="invalid_api_key"} 3' in text


def test_every_metric_has_a_type_and_stands_in_one_block() -> None:
    some = tuple(Health(f"p/{n}", "open", n, 7, None, None) for n in range(2))
    lines = exposition("w0", Stats(providers=some, own_us=100.0)).splitlines()
    named = dict.fromkeys(line.split("{")[0] for line in lines if not line.startswith("#"))
    types = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert list(named) == [name for name in types if name in named]
    assert 'holdfast_gateway_upstream_errors_total{worker="w0",upstream="p/1"} 1' in lines
