"""Why a budget may be missed: said beside the table when it is."""

NOTES = {
    "Health's rerun": "**Health's rerun**: its script is what it draws; every element costs Streamlit its part.",
    "status --json": "**Start of `status` and `export`**: SQLAlchemy's own import is half of it and pydantic's with typer's"
    " a fifth; what is left of ours loads only the sources and channels that the file names, builds only the models it uses,"
    " and leaves the collecting of garbage to those who stay.",
    "JSON lines": "**JSON lines**: the reading is a quarter of the whole way and the insert a third; 0.65 is what is aimed at.",
    "disk for a million": "**Disk**: of 101 bytes a run 71 are the row (25 of them say what each of its columns is, 12 are"
    " the id, 8 the time), 20 the index by time, 7 the index of identities and 1 that of failures. Larger pages change"
    " nothing; columns in a side table for what is mostly NULL would save 5 and cost every failed run a second row. Read"
    " more than 35 minutes after its end, a run takes 2 bytes more (`seen_after`).",
    "first page's query": "**First page**: id and key of all integrations are read each time, and one sum over the snapshot's"
    " versions; what has not changed since is not read again.",
    "in the middle of a list": "**Pages**: SQLAlchemy composes and caches each statement for 0.2 ms, except those of runs.",
    "readers' p99": "**Readers**: all eight begin at once and stay in step, so the last waits for seven pages and often for a"
    " write. A shorter switch interval of the interpreter (0.5 to 2 ms) changes nothing: what helps is a cheaper page. On a"
    " busy machine all also wait for a core.",
    "retention": "**Retention**: one chunk of 2,000 rows is deleted at once, then the writer has its turn; on a busy machine the chunk takes that much longer.",
    "5,000 polls": "**Polls**: the calls through httpx are two thirds of it; cursors are known without asking the database,"
    " and what ends within a quarter of a second is stored in one transaction. What brings records costs more: each write"
    " of a few runs and calls takes several statements.",
}
"""By a part of the measured thing's name."""
