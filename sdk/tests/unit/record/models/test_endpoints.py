"""What a path is for, told by the path alone."""

from __future__ import annotations

import pytest

from holdfast.record.models import find_dialect, find_endpoint


@pytest.mark.parametrize(
    ("request_line", "api", "dialect"),
    [
        ("POST /v1/chat/completions", "chat", "chat"),
        ("POST /openai/deployments/gpt/chat/completions?api-version=1", "chat", "chat"),
        ("POST /chat/completions", "chat", "chat"),
        ("POST /v1/responses", "responses", "responses"),
        ("POST /v1/responses/compact", "responses", "responses"),
        ("POST /v1/messages/?beta=true", "messages", "messages"),
        ("POST /anthropic/v1/messages", "messages", "messages"),
        ("POST /v1/completions", "completions", "completions"),
        ("POST //openai/deployments/gpt/completions", "completions", "completions"),
        ("POST /v1/embeddings", "embeddings", "embeddings"),
        ("POST /v1beta/models/gemini-2.5-flash:generateContent", "gemini", "gemini"),
        ("POST /v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", "gemini", "gemini"),
        ("POST /v1/projects/p/locations/l/publishers/google/models/m:generateContent", "gemini", "gemini"),
        ("POST /v1beta/models/embed:batchEmbedContents", "embeddings", "embeddings"),
        ("POST /v1/messages/count_tokens", "count", "messages"),
        ("POST /v1/responses/input_tokens", "count", "responses"),
        ("POST /v1beta/models/gemini-2.5-flash:countTokens", "count", "gemini"),
        ("GET /v1/models", "models", "chat"),
        ("GET /v1/models/gpt-4o", "models", "chat"),
        ("GET /v1beta/models", "models", "gemini"),
        ("POST /v1/files", "files", "chat"),
        ("GET /v1/files/file-1/content", "files", "chat"),
        ("POST /upload/v1beta/files", "files", "gemini"),
        ("POST /v1/batches", "batches", "chat"),
        ("GET /v1/messages/batches/b/results", "batches", "messages"),
    ],
)
def test_a_path_says_what_it_is_for(request_line: str, api: str, dialect: str) -> None:
    found = find_endpoint(*request_line.split(" ", 1))  # type: ignore[arg-type]
    assert found is not None
    assert (found.api, found.dialect.api) == (api, dialect)
    assert found.asks == (api == dialect)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /v1/responses",
        "GET /v1/chat/completions",
        "POST /v1/approvals",
        "POST /v1/threads/t/messages",
        "POST /v2/chat",
        "GET /",
        "POST /",
        "POST /v1",
        "POST :",
    ],
)
def test_all_other_traffic_is_none_of_it(request_line: str) -> None:
    method, path = request_line.split(" ", 1)
    assert find_endpoint(method, path) is None
    assert find_dialect(method, path) is None


def test_what_asks_no_model_is_no_model_call() -> None:
    assert find_dialect("POST", "/v1/messages/count_tokens") is None
    assert find_dialect("POST", "/v1/files") is None
