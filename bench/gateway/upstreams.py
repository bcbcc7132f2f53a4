"""What stands behind every gateway: nginx with one answer, and streams; and nginx as a proxy before them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final

ANSWER: Final = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1_700_000_000,
    "model": "mock-fast",
    "choices": [
        {
            "index": 0,
            "logprobs": None,
            "finish_reason": "stop",
            "message": {
                "role": "assistant",
                "content": "The order has been located and the refund was filed. " * 16,
                "refusal": None,
            },
        }
    ],
    "usage": {
        "prompt_tokens": 412,
        "completion_tokens": 178,
        "total_tokens": 590,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    },
}
QUESTION: Final[dict[str, Any]] = {
    "model": "mock-fast",
    "max_tokens": 256,
    "temperature": 0,
    "messages": [
        {"role": "system", "content": "You are a support agent. Follow the refund policy exactly. " * 12},
        {
            "role": "user",
            "content": "Where is my order 1234 and can I get a refund for the broken lamp? " * 12,
        },
    ],
}
_FRAME: Final = """
daemon off; worker_processes 1; pid @WORK@/@ROLE@.pid; error_log @WORK@/@ROLE@.err warn;
worker_rlimit_nofile 65536;
events { worker_connections 30000; }
http {
  access_log off; client_max_body_size 8m; client_body_buffer_size 1m;
  client_body_temp_path @WORK@/@ROLE@-body; proxy_temp_path @WORK@/@ROLE@-proxy;
  fastcgi_temp_path @WORK@/@ROLE@-f; uwsgi_temp_path @WORK@/@ROLE@-u; scgi_temp_path @WORK@/@ROLE@-s;
  keepalive_requests 1000000000; keepalive_timeout 3600s; tcp_nodelay on;
  @BODY@
}
"""
_STATIC: Final = """
  server {
    listen 127.0.0.1:@FAST@ backlog=4096;
    default_type application/json;
    location = /v1/models { return 200 '{"object":"list","data":[{"id":"mock-fast","object":"model"}]}'; }
    location / { return 200 '@ANSWER@'; }
  }
"""
_PROXY: Final = """
  upstream fast { server 127.0.0.1:@FAST@; keepalive 512; keepalive_requests 1000000000; }
  upstream slow { server 127.0.0.1:@SLOW@; keepalive 512; keepalive_requests 1000000000; }
  map $http_x_bench_stream $pool { default fast; "1" slow; }
  server {
    listen 127.0.0.1:@PORT@ backlog=4096;
    location / {
      proxy_pass http://$pool; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_buffering off;
    }
  }
"""


def nginx(role: str, folder: Path, **ports: int) -> list[str]:
    """The command of an nginx that answers (`static`) or passes on (`proxy`).

    Raises:
        RuntimeError: nginx is not installed.
    """
    program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
    if program is None:
        raise RuntimeError("nginx is not installed: apt-get install nginx-light")
    text = _FRAME.replace("@BODY@", _STATIC if role == "static" else _PROXY)
    for name, value in {"WORK": folder, "ROLE": role, "ANSWER": json.dumps(ANSWER), **ports}.items():
        text = text.replace(f"@{name.upper()}@", str(value))
    config = folder / f"{role}.conf"
    config.write_text(text)
    return [program, "-p", str(folder), "-c", str(config)]
