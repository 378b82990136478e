"""Bytes: connections, request heads, TLS, websockets."""
