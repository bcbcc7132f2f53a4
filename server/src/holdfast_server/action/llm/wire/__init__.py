"""HTTP/1.1 on both sides: sockets, framing, bounds. It knows nothing of JSON, models or money."""
