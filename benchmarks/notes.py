"""What is said beside the table: why a budget may be missed, and what was measured once by hand."""

NOTES = {
    "drawn anew": "**A page drawn anew**: a table with formatted numbers costs most, 4-10 ms each in Streamlit.",
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
    "5,000 polls": "**Polls**: cursors are known without asking the database, and what ends within a quarter of a second is"
    " stored in one transaction. What brings records costs more: each write of a few runs and calls takes several statements.",
}
"""By a part of the measured thing's name."""

BY_HAND = (
    "**50 million runs** of 500 integrations over 90 days (4.7 GB, filled in 3 minutes of CPU), against one million: the first"
    " page's query 0.43 ms against 0.43; a page in the middle of one integration's runs 0.30 against 0.31, of all runs 0.30"
    " against 0.30; the snapshot of all integrations made anew 0.8 s against 0.4; schema 0007 comes in half a second. A search"
    " in an integration's runs that finds nothing reads all of its 100,000: 0.3 s and, with a cold cache, 1.2 s.",
    "**10 million failed records** of 10,000 causes: a page in the middle 0.5 ms; causes of all integrations 0.5 ms; a search that"
    " finds one cause 3.6 ms, one that finds 200 causes 11 ms: 2 ms are the texts of 10,000 causes, the rest the newest records"
    " of up to 51 causes.",
    "**Readers beside a writer**, each ten seconds long and in turns: before the statements of a page of runs were composed"
    " once 24.1, 25.0 and 25.3 ms, since then 16.8, 14.6 and 13.1; with a switch interval of 1 ms 16.2, 13.8 and 13.7.",
    "**1,000 sources polled each minute** over ten minutes (`python -m benchmarks.polling`), half of them with a new run at every"
    " poll, half key probes, from a server with mixed latency, 5 % silence and 429s, by the worker's own command with refresh and"
    " alerts: 1.6 % of a core, twice in a row (9.6 s of CPU in 585 s; the server beside it took 1.1 s, which tells how fast the"
    " machine was: on one half as fast, where it took 2.2 to 2.5 s, 3.7 %, and 3.3 % since a place is handed on from poll to"
    " poll). 9,926 polls, none missing, none before its `Retry-After`; delay p99 1.0 s.",
    "**Readings of alerts**: 55 bytes each, a third of it the index by time that takes them out, 2,000 in 32 ms of CPU. To lengthen"
    " the stored reading instead of storing an equal one each hour would halve them, and need another index to be taken out by.",
)
"""Too large or too long for each run of the benchmarks."""
