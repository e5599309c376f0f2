"""The table of texts that tell about Sentry: what an SDK or an application says of error tracking. The first row that fits
decides.

A text that tells is a sentence about the SDK. "sentry" in a user's name, a URL or a stack frame tells nothing: those are taken
out before the table is asked.
"""

import re
from functools import lru_cache

from lib.core.sentry.sentrytexts import ABOUT, FAIL, MARK, START_SIGNS, S, SentrySign, sign
from lib.core.sentry.trackingstates import State

# Cheap and complete: every text that a row can fit holds one of these. RE2 in the store, `re` here.
HINT = (
    r"(?i)sentry|\bdsn|dsn\b|baddsn|dsnparse|/(?:envelope|store)/|unexpected status code|rate-limited|rate limit exceeded for"
    r"|too many |transport|sending event|event (?:sending|capturing)|sending an event|flush|buffer is full|pending event"
    r"|uwsgi|instrumented|envelope|\braven\b|queue full"
)
READ = 2_000  # characters of a text that are looked at
TAIL = 400  # and of its end: an exception stands below its frames

_FRAME = re.compile(r'^(?:\s|File "|at |\.{3}|Traceback |Caused by: \S+$|#\d+ ).*$', re.MULTILINE)
_URL = re.compile(r"(?i)\bhttps?://\S+|\bwww\.\S+|\S+@[\w.-]+\.\w+")
_PREFIX = re.compile(
    r"(?i)^(?:\[?\d{4}-\d\d-\d\d[T ][\d:.,]+(?: ?[+-]\d{4}|Z)?\]?\s*)(?:\[\d+\]\s*)?"
    r"(?:\[?(?:trace|debug|info|notice|warn|warning|error|critical|fatal)\]?:?\s+)?(?:[\w./-]+:\s+)?"
)
_NAMED = re.compile(
    r"(?i)\b(?:user(?:name)?|account|login|member|host(?:name)?|pod|table|topic|queue|bucket|repo(?:sitory)?|branch|player|file"
    r"|path|image|customer|guard|role|device|order|key|flag|feature|channel)[ :=/]+[\"'`]?\S*sentry\S*"
)

_EVENT = re.compile(r"^\W*[Ss]entry(?:[._][A-Za-z][a-z]*)+(?![\w.])")  # a structured logger's name of what happened

API = r"/api/\d+/(?:envelope|store)/"

SIGNS: tuple[SentrySign, ...] = (
    sign(State.WEAK, "Python", "rate limit header", r"rate-limited via x-sentry-rate-limits", "sentry-python transport.py"),
    sign(State.WEAK, "Python", "pending at exit", r"attempting to send \d+ pending", "sentry-python integrations/atexit.py"),
    sign(State.WEAK, "Python", "integration left out", r"did not import default integration", "sentry-python integrations"),
    *START_SIGNS,
    # dropping
    sign(
        State.DROPPING,
        "Python",
        "refused",
        r"^(?:\[sentry\]\s*unexpected status code:? [45]\d\d\b"
        r"|(?:[\w :.\[\]-]*\bsentry[_ ]sdk[. ]errors\W+(?:[a-z]+\W+)?)?"
        r"unexpected status code:? [45]\d\d\b(?!\s*(?:from|for|while|when|on|at|in|by|calling|returned|reading|fetching)\b))",
        "sentry-python transport.py",
    ),
    sign(State.DROPPING, "Python", "rate limited", r"rate-limited via 429", "sentry-python transport.py"),
    sign(
        State.DROPPING,
        "Python",
        "not reached",
        rf"(?:retry|retries|broken|connection|timed? ?out|refused|error|failed)[^\n]{{0,300}}{API}"
        rf"|{API}[^\n]{{0,200}}(?:retr|refused|timed? out|failed|error|broken|[\" ](?:4\d\d|5\d\d)\b)"
        rf"|ConnectionPool\(host='[^']*sentry[^']*'[^\n]*(?:max retries|timed out|refused|failed)",
        "urllib3 under sentry-python",
    ),
    sign(
        State.DROPPING,
        "Node",
        "refused",
        r"sentry responded with status code [345]\d\d|too many (?:\w+ )?requests, backing off until"
        r"|too many requests for (?:\S+ )?(?:sentry|event|error|envelope)[^\n]{0,60}backing off",
        "sentry-javascript transports",
    ),
    sign(
        State.DROPPING,
        "Node",
        "not reached",
        r"(?:failed|error) while sending (?:event|envelope)|error running transport request",
        "sentry-javascript transports",
    ),
    sign(
        State.DROPPING,
        "Go",
        "not reached",
        r"there was an issue with sending an event|\[sentry\][^\n]{0,40}sending [^\n]{1,200} failed with the following error",
        "sentry-go transport.go",
    ),
    sign(
        State.DROPPING,
        "PHP",
        "refused",
        r'failed to send the (?:event|envelope) to sentry|rate limit exceeded for (?:data category|requests of type) "',
        "sentry-php HttpTransport.php",
    ),
    sign(
        State.DROPPING,
        "Ruby",
        "refused",
        r"\bevent (?:capturing|sending) failed|\[transport\] (?:event|envelope)[^\n]{0,80} not sent",
        "sentry-ruby client.rb",
    ),
    sign(State.DROPPING, ".NET", "refused", r"sentry rejected the envelope", "sentry-dotnet HttpTransportBase.cs"),
    sign(State.DROPPING, "Java", "refused", r"\benvelope sending failed|the envelope failed to (?:be )?sent?", "sentry-java"),
    sign(
        State.DROPPING,
        "application",
        "not delivered",
        rf"{FAIL}\s+(?:to\s+|while\s+|when\s+)?(?:send\w*|report\w*|captur\w+|deliver\w*|flush\w*|submit\w*|upload\w*)"
        rf"[^\n]{{0,50}}\b(?:to|in|with|via) {S}",
        "applications that send by hand",
    ),
    sign(
        State.DROPPING,
        "application",
        "quota used up",
        rf"(?<!from ){S}(?! (?:\w+ )?api\b)"
        rf"[^\n]{{0,30}}(?:quota (?:is )?(?:exceeded|exhausted|used up)|rate.?limit(?:ed| exceeded| hit)|\b429\b)",
        "applications",
    ),
    # degraded
    sign(
        State.DEGRADED,
        "Python",
        "lost at flush",
        r"flush timed out, dropped \d+ (?:\w+ )?(?:event|envelope|item)s?",
        "sentry-python worker.py",
    ),
    sign(State.DEGRADED, "Python", "queue full", r"background worker queue full", "sentry-python worker.py"),
    sign(
        State.DEGRADED,
        "Node",
        "buffer full",
        r"skipped sending \w+ because buffer is full|not adding promise because buffer limit",
        "sentry-javascript transports",
    ),
    sign(State.DEGRADED, "Go", "buffer full", r"transport buffer being full|buffer flushing reached the timeout", "sentry-go"),
    sign(
        State.DEGRADED,
        "Python",
        "no threads",
        r"use of uwsgi (?:in [^\n]{0,40})?(?:without thread|with disabled thread)",
        "sentry-python _compat.py",
    ),
    sign(State.DEGRADED, "Node", "not instrumented", r"\[sentry\][^\n]{0,40} is not instrumented", "sentry-javascript"),
    # initialised
    sign(
        State.INITIALISED,
        "application",
        "initialised",
        rf"{S}{ABOUT}{MARK}(?:successfully )?(?:initiali[sz](?:ed|ation (?:complete|successful|succeeded|done))"
        rf"|enabled|configured|activated|set up|ready|active|running|started)\b",
        "applications: no proof of delivery",
    ),
    sign(
        State.INITIALISED,
        "application",
        "initialised",
        rf"\b(?:initiali[sz](?:ed|ing)|enabled|configured|activated) (?:the )?{S}"
        r"|^\W*sentry init(?: (?:ok|done|complete\w*))?(?=\s*(?:$|\w+=))",
        "applications: no proof of delivery",
    ),
    sign(
        State.INITIALISED,
        "Python",
        "integrations set up",
        r"\[sentry\] setting up integrations|\[sentry\] enabling integration",
        "sentry-python integrations",
    ),
    sign(State.INITIALISED, "Java", "initialising", r"initializing sdk with dsn", "sentry-java Sentry.java"),
)


def read_plainly(text: str) -> str:
    """Return the sentences of a text, without the logger's prefix, stack frames, URLs, addresses and names of things.

    An event's name is read as words: sentry_init_failed says "sentry init failed".
    """
    part = text if len(text) <= READ else text[: READ - TAIL] + "\n" + text[-TAIL:]
    part = _FRAME.sub("", _PREFIX.sub("", part.lstrip()))
    part = _EVENT.sub(lambda found: re.sub("[._]", " ", found[0]), part)
    return _NAMED.sub(" ", _URL.sub(" ", part)).strip()


_HINTED = re.compile(HINT)


@lru_cache(4096)
def find_sign(text: str) -> SentrySign | None:
    """Return the first row that fits a text, None when none does."""
    if not _HINTED.search(text, 0, READ) and not _HINTED.search(text[-TAIL:]):
        return None
    plain = read_plainly(text)
    return next((row for row in SIGNS if row.pattern.search(plain)), None)


_PROJECT = re.compile(
    r"(?i)https?://[^\s/@]*@?[\w.-]*(?:sentry|ingest)[\w.-]*(?::\d+)?/(\d{1,20})\b|https?://[^\s/@]+@[\w.-]+/(\d{1,20})\b"
)


def find_project_id(text: str) -> str:
    """Return the project's number in a DSN that a text holds (its key is masked by then), else ""."""
    found = _PROJECT.search(text, 0, READ)
    return (found[1] or found[2]) if found else ""
