"""What bytes mean: JSON-RPC messages, sessions, calls, subscriptions, HTTP."""
