"""`forebay demo`: the same story told by one client to a simulated and to a real zone."""
