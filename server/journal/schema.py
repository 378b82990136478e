"""The tables of the journal's file, its limits, and the questions that find damage in it."""

import msgspec

from server.limits import Positive, Seconds

FORMAT = 1
"""Version of the tables; a server refuses a file of a higher one."""

SETTINGS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 4000",
    "PRAGMA busy_timeout = 0",
    "PRAGMA trusted_schema = OFF",
)

# A table with rows of its own and an index took half the time of WITHOUT ROWID here: records are
# some hundred bytes long and mostly replaced (decision 7).
TABLES = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value NOT NULL);
CREATE TABLE events(
    position INTEGER PRIMARY KEY, at_s REAL NOT NULL, checksum INTEGER NOT NULL,
    data BLOB NOT NULL);
CREATE TABLE records(
    kind TEXT NOT NULL, id TEXT NOT NULL, checksum INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY(kind, id));
"""

# REPLACE, because a commit that reported an error may have reached the disk before it is retried.
ADD_EVENT = "INSERT OR REPLACE INTO events VALUES(?, ?, ?, ?)"
PUT_RECORD = (
    "INSERT INTO records VALUES(?, ?, ?, ?) ON CONFLICT(kind, id)"
    " DO UPDATE SET checksum = excluded.checksum, data = excluded.data"
)
REMOVE_RECORD = "DELETE FROM records WHERE kind = ? AND id = ?"
REMOVE_EVENTS = "DELETE FROM events WHERE position < ?"
PUT_META = "INSERT OR REPLACE INTO meta VALUES(?, ?)"
READ_EVENTS = (
    "SELECT position, at_s, checksum, data FROM events WHERE position > ? ORDER BY position LIMIT ?"
)
READ_RECORDS = "SELECT kind, id, checksum, data FROM records ORDER BY kind, id"
CHECKS = ("PRAGMA quick_check", "PRAGMA integrity_check(records)")
SPAN = "SELECT count(*), coalesce(min(position), 0), coalesce(max(position), 0) FROM events"
FIRST_GAP = (
    "SELECT position + 1 FROM events AS here WHERE NOT EXISTS"
    " (SELECT 1 FROM events WHERE position = here.position + 1) ORDER BY position LIMIT 1"
)


class JournalLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The journal's bounds: what it keeps, what may wait in it, how long a caller waits for it."""

    keep_events: Positive = 1_000_000
    prune_events: Positive = 512
    queue_events: Positive = 50_000
    queue_bytes: Positive = 64 << 20
    recent_events: Positive = 4096
    wait_s: Seconds = 10.0
    retry_first_s: Seconds = 0.05
    retry_most_s: Seconds = 2.0
