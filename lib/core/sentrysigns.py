"""The table of texts that tell about Sentry: what an SDK or an application says of error tracking. The first row that fits decides.

A text that tells is a sentence about the SDK. "sentry" in a user's name, a URL or a stack frame tells nothing: those are taken out
before the table is asked.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from lib.core.trackingstates import BLIND_STARTS, State

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


@dataclass(frozen=True)
class SentrySign:
    """A text that tells. sdk: whose words; strong: it decides by itself; source: where the words come from."""

    name: str
    state: State
    sdk: str
    pattern: re.Pattern[str]
    strong: bool
    source: str


def _sign(state: State, sdk: str, name: str, pattern: str, source: str) -> SentrySign:
    strong = state in (*BLIND_STARTS, State.DROPPING)
    return SentrySign(name, state, sdk, re.compile("(?i)" + pattern), strong, source)


_S = r"(?<![\w@/.-])sentry(?![\w@]|[-/.]\w)"  # the word alone
_SDK = (
    r"(?:(?<![\w@/.])sentry[-_ ]?sdk(?:\[[^\]]*\])?|@sentry/[\w-]+|(?<![\w/.])sentry[-_ ](?:ruby|rails|raven|java|spring\S*|go|laravel)"
    rf"|{_S} (?:package|module|library|client|integration|python sdk|node sdk)s?)"
)
_ABOUT = (
    r"(?:\s+(?:sdk|error|errors|crash|exception|performance|tracking|monitoring|reporting|reports|integration|logging|client|support"
    r"|observability|telemetry|is|has|have|been|was|are|currently|explicitly|globally|now|will|be|remains|stays|successfully|init"
    r"|and))*"
)
_MARK = r"\s*[\])]?\s*[:—–=-]{0,2}\s*"
_INIT = r"(?:initiali[sz]\w*|init|configur\w+|set(?:ting)?[ -]?up|start(?:up|ing)?|enabl\w+|load(?:ing)?|bootstrap\w*|activat\w+)"
_FAIL = r"(?:failed|fails|unable|could ?n[o']t|could not|cannot|can't|error(?:s)?|problem|exception|trouble|did not)"
_ABSENT = (
    r"(?:(?:is|was|has|are)\s+)?(?:(?:not|n't|never)\s+(?:been\s+)?(?:set|configured|provided|found|defined|specified|present|given"
    r"|available|supplied|valid)|isn't set|unset|missing|absent|empty|blank|invalid|malformed|undefined|unconfigured|None\b|null\b"
    r"|does(?:n't| not) look)"
)
_DSN = r"(?:[a-z0-9]+_)*sentry[ _-]?dsn['\"`]?(?:\s+(?:environment|env|config\w*))?(?:\s+(?:variable|var|setting|value|key))?"
_API = r"/api/\d+/(?:envelope|store)/"

SIGNS: tuple[SentrySign, ...] = (
    _sign(State.WEAK, "Python", "rate limit header", r"rate-limited via x-sentry-rate-limits", "sentry-python transport.py"),
    _sign(State.WEAK, "Python", "pending at exit", r"attempting to send \d+ pending", "sentry-python integrations/atexit.py"),
    _sign(State.WEAK, "Python", "integration left out", r"did not import default integration", "sentry-python integrations"),
    # missing
    _sign(State.MISSING, "Python", "module not found", r"no module named ['\"]?(?:sentry_sdk|raven)\b", "Python's import"),
    _sign(
        State.MISSING, "Node", "module not found", r"cannot find (?:module|package) ['\"]@sentry/", "Node's require and import"
    ),
    _sign(
        State.MISSING, "Java", "class not found", r"(?:ClassNotFoundException|NoClassDefFoundError)\W{1,3}io[./]sentry[./]", "JVM"
    ),
    _sign(State.MISSING, "PHP", "class not found", r'class ["\']?\\?Sentry\\[\w\\]*["\']? not found', "PHP"),
    _sign(
        State.MISSING,
        "Ruby",
        "gem not found",
        r"cannot load such file -- sentry|uninitialized constant (?:\w+::)?Sentry\b",
        "Ruby",
    ),
    _sign(State.MISSING, ".NET", "assembly not found", r"could not load file or assembly '?Sentry[.,']", ".NET"),
    _sign(State.MISSING, "Go", "package not found", r"no required module provides package github\.com/getsentry/", "go build"),
    _sign(
        State.MISSING,
        "application",
        "SDK not installed",
        rf"{_SDK}(?:\s+(?:package|module|library))?['\"`]?\s*(?:is |was |are |could )?"
        r"(?:(?:not|n't|isn't)(?: currently)? (?:be )?(?:available|installed|found|present|importable|imported|loaded)|unavailable|missing)",
        "applications that guard the import",
    ),
    _sign(
        State.MISSING,
        "application",
        "SDK not importable",
        rf"(?:{_FAIL}|ImportError)\W+(?:to )?(?:import(?:ing)?|require|load)?\W*(?:the )?{_SDK}(?! (?:initiali|init|config|setup))"
        rf"(?<!integration)(?<!client)",
        "applications that guard the import",
    ),
    _sign(
        State.MISSING,
        "application",
        "SDK to be installed",
        rf"install (?:the )?['\"`]?{_SDK}[^\n]{{0,60}}(?:to enable|for error|to track|to use)",
        "applications that guard the import",
    ),
    _sign(
        State.MISSING,
        "application",
        "Sentry not available",
        rf"^\W*(?:\[[^\]]*\]\W*)*(?:warning|warn|error|note)?\W*{_S}(?: SDK)? (?:is |was )?(?:not (?:available|installed)|unavailable)\b",
        "applications that guard the import",
    ),
    # misconfigured
    _sign(State.MISCONFIGURED, "Python", "bad DSN", r"\bBadDsn\b", "sentry-python utils.py"),
    _sign(
        State.MISCONFIGURED,
        "Node",
        "bad DSN",
        r"invalid sentry dsn|no dsn provided, client will not",
        "sentry-javascript dsn.ts, client.ts",
    ),
    _sign(State.MISCONFIGURED, "Java", "no DSN", r"\bdsn is required\. use empty string", "sentry-java Sentry.java"),
    _sign(
        State.MISCONFIGURED,
        "Go",
        "bad DSN",
        r"\bDsnParseError\b|client initialized with an empty dsn",
        "sentry-go dsn.go, client.go",
    ),
    _sign(State.MISCONFIGURED, "PHP", "bad DSN", r'option "dsn" with value [^\n]{0,200} is invalid', "sentry-php Options.php"),
    _sign(State.MISCONFIGURED, "Ruby", "no DSN", r"not sent: dsn not set", "sentry-ruby transport.rb"),
    _sign(
        State.MISCONFIGURED,
        ".NET",
        "no DSN",
        r"init (?:was )?called (?:with|but) [^\n]{0,90}sentry sdk will be disabled",
        "sentry-dotnet SentrySdk.cs",
    ),
    _sign(
        State.MISCONFIGURED,
        "application",
        "DSN not set",
        rf"(?:{_DSN}(?:\s*\([^)\n]*\))?\s*[:=]?\s*{_ABSENT}|\b(?:no|missing|empty|invalid|without(?: an?)?|unset) (?:valid )?{_DSN})",
        "applications that read the DSN",
    ),
    _sign(
        State.MISCONFIGURED,
        "application",
        "no DSN for Sentry",
        rf"{_S}[^\n]{{0,60}}\b(?:no|without(?: an?)?|missing|empty) DSN\b|\b(?:no|missing|empty) DSN\b[^\n]{{0,40}}{_S}"
        rf"|{_S}[^\n]{{0,30}}\bDSN\s*{_ABSENT}",
        "applications that read the DSN",
    ),
    _sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{_FAIL}\s+(?:to\s+|while\s+|when\s+|during\s+|in\s+)?{_INIT}\s+(?:of\s+|the\s+|for\s+)*(?:\w+\s+)?{_S}",
        "applications that guard init()",
    ),
    _sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{_S}{_MARK}(?:(?:sdk|error|warning|tracking|monitoring|client)\W{{1,3}})*{_INIT}(?:\s+\w+)?\s*(?:has |was |is )?[:\-—]?\s*"
        rf"(?:failed|failure|error\b|unsuccessful|aborted)",
        "applications that guard init()",
    ),
    _sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{_S}(?: SDK)? {_FAIL}(?: to)? (?:be )?{_INIT}|{_S}{_ABOUT}\s+(?:not|never) (?:been )?(?:initiali[sz]ed|configured|set up)\b",
        "applications that guard init()",
    ),
    # disabled
    _sign(
        State.DISABLED,
        "application",
        "switched off by a variable",
        r"\bSENTRY_ENABLED?\W{1,4}(?:false|0|no|off)\b|\b(?:DISABLE_SENTRY|SENTRY_DISABLED?)\W{1,4}(?:true|1|yes|on)\b",
        "applications with a switch",
    ),
    _sign(
        State.DISABLED,
        "application",
        "switched off",
        rf"{_S}{_ABOUT}{_MARK}(?:disabled|turned off|switched off|deactivated|not enabled|inactive|skipped|not (?:be )?(?:used|started))\b",
        "applications with a switch",
    ),
    _sign(
        State.DISABLED,
        "application",
        "skipped",
        rf"(?:skip(?:ping|ped)?|disabling|disabled|bypass(?:ing|ed)|ignoring|not (?:using|initiali[sz]ing|enabling|configuring|starting"
        rf"|setting up|loading)|(?:running|continuing|starting|proceeding) without)\s+(?:the\s+)?(?:{_INIT}\s+(?:of\s+)?)?{_S}",
        "applications with a switch",
    ),
    _sign(
        State.DISABLED,
        "application",
        "switched off",
        rf"{_S} {_INIT}(?: is| was)? (?:skipped|disabled|turned off)|^\W*sentry[._](?:skip\w*|disabled|off)\b",
        "applications with a switch",
    ),
    # dropping
    _sign(
        State.DROPPING,
        "Python",
        "refused",
        r"^(?:\[sentry\]\s*)?unexpected status code:? (?:[45]\d\d)\b",
        "sentry-python transport.py",
    ),
    _sign(State.DROPPING, "Python", "rate limited", r"rate-limited via 429", "sentry-python transport.py"),
    _sign(
        State.DROPPING,
        "Python",
        "not reached",
        rf"(?:retry|retries|broken|connection|timed? ?out|refused|error|failed)[^\n]{{0,300}}{_API}"
        rf"|{_API}[^\n]{{0,200}}(?:retr|refused|timed? out|failed|error|broken|[\" ](?:4\d\d|5\d\d)\b)"
        rf"|ConnectionPool\(host='[^']*sentry[^']*'[^\n]*(?:max retries|timed out|refused|failed)",
        "urllib3 under sentry-python",
    ),
    _sign(
        State.DROPPING,
        "Node",
        "refused",
        r"sentry responded with status code [345]\d\d|too many (?:\w+ )?requests, backing off until"
        r"|too many requests for (?:\S+ )?(?:sentry|event|error|envelope)[^\n]{0,60}backing off",
        "sentry-javascript transports",
    ),
    _sign(
        State.DROPPING,
        "Node",
        "not reached",
        r"(?:failed|error) while sending (?:event|envelope)|error running transport request",
        "sentry-javascript transports",
    ),
    _sign(State.DROPPING, "Go", "not reached", r"there was an issue with sending an event", "sentry-go transport.go"),
    _sign(
        State.DROPPING,
        "PHP",
        "refused",
        r'failed to send the (?:event|envelope) to sentry|rate limit exceeded for (?:data category|requests of type) "',
        "sentry-php HttpTransport.php",
    ),
    _sign(
        State.DROPPING,
        "Ruby",
        "refused",
        r"\bevent (?:capturing|sending) failed|\[transport\] (?:event|envelope)[^\n]{0,80} not sent",
        "sentry-ruby client.rb",
    ),
    _sign(State.DROPPING, ".NET", "refused", r"sentry rejected the envelope", "sentry-dotnet HttpTransportBase.cs"),
    _sign(State.DROPPING, "Java", "refused", r"\benvelope sending failed|the envelope failed to (?:be )?sent?", "sentry-java"),
    _sign(
        State.DROPPING,
        "application",
        "not delivered",
        rf"{_FAIL}\s+(?:to\s+|while\s+|when\s+)?(?:send\w*|report\w*|captur\w+|deliver\w*|flush\w*|submit\w*|upload\w*|log\w*)"
        rf"[^\n]{{0,50}}\b(?:to|in|with|via) {_S}",
        "applications that send by hand",
    ),
    _sign(
        State.DROPPING,
        "application",
        "quota used up",
        rf"{_S}[^\n]{{0,30}}(?:quota (?:is )?(?:exceeded|exhausted|used up)|rate.?limit(?:ed| exceeded| hit))",
        "applications",
    ),
    # degraded
    _sign(
        State.DEGRADED,
        "Python",
        "lost at flush",
        r"flush timed out, dropped \d+ (?:\w+ )?(?:event|envelope|item)s?",
        "sentry-python worker.py",
    ),
    _sign(State.DEGRADED, "Python", "queue full", r"background worker queue full", "sentry-python worker.py"),
    _sign(
        State.DEGRADED,
        "Node",
        "buffer full",
        r"skipped sending \w+ because buffer is full|not adding promise because buffer limit",
        "sentry-javascript transports",
    ),
    _sign(State.DEGRADED, "Go", "buffer full", r"transport buffer being full|buffer flushing reached the timeout", "sentry-go"),
    _sign(
        State.DEGRADED,
        "Python",
        "no threads",
        r"use of uwsgi (?:in [^\n]{0,40})?(?:without thread|with disabled thread)",
        "sentry-python _compat.py",
    ),
    _sign(State.DEGRADED, "Node", "not instrumented", r"\[sentry\][^\n]{0,40} is not instrumented", "sentry-javascript"),
    # initialised
    _sign(
        State.INITIALISED,
        "application",
        "initialised",
        rf"{_S}{_ABOUT}{_MARK}(?:initiali[sz](?:ed|ation (?:complete|successful|succeeded|done))|enabled|configured|activated|set up|ready"
        rf"|active|running|started)\b",
        "applications: no proof of delivery",
    ),
    _sign(
        State.INITIALISED,
        "application",
        "initialised",
        rf"\b(?:initiali[sz](?:ed|ing)|enabled|configured|activated) (?:the )?{_S}|^\W*sentry[._](?:init\w*|enabled)\b",
        "applications: no proof of delivery",
    ),
    _sign(
        State.INITIALISED,
        "Python",
        "integrations set up",
        r"\[sentry\] setting up integrations|\[sentry\] enabling integration",
        "sentry-python integrations",
    ),
    _sign(State.INITIALISED, "Java", "initialising", r"initializing sdk with dsn", "sentry-java Sentry.java"),
)


def read_plainly(text: str) -> str:
    """Return the sentences of a text: without the logger's prefix, stack frames, URLs and addresses, and names given to things."""
    part = text if len(text) <= READ else text[: READ - TAIL] + "\n" + text[-TAIL:]
    part = _FRAME.sub("", _PREFIX.sub("", part.lstrip()))
    return _NAMED.sub(" ", _URL.sub(" ", part)).strip()


_HINTED = re.compile(HINT)


@lru_cache(4096)
def find_sign(text: str) -> SentrySign | None:
    """Return the first row that fits a text, None when none does."""
    if not _HINTED.search(text, 0, READ) and not _HINTED.search(text[-TAIL:]):
        return None
    plain = read_plainly(text)
    return next((sign for sign in SIGNS if sign.pattern.search(plain)), None)


_PROJECT = re.compile(
    r"(?i)https?://[^\s/@]*@?[\w.-]*(?:sentry|ingest)[\w.-]*(?::\d+)?/(\d{1,20})\b|https?://[^\s/@]+@[\w.-]+/(\d{1,20})\b"
)


def find_project_id(text: str) -> str:
    """Return the project's number in a DSN that a text holds (its key is masked by then), else ""."""
    found = _PROJECT.search(text, 0, READ)
    return (found[1] or found[2]) if found else ""
