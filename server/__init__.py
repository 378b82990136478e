"""I/O and wiring: the wire, sessions, HTTP, the journal's file, configuration, the command line."""
