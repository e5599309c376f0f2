"""What SDKs and applications say at a start when Sentry will not see: the first part of the table of core.sentry.sentrysigns."""

import re
from dataclasses import dataclass

from lib.core.sentry.trackingstates import BLIND_STARTS, State


@dataclass(frozen=True)
class SentrySign:
    """A text that tells. sdk: whose words; strong: it decides by itself; source: where the words come from."""

    name: str
    state: State
    sdk: str
    pattern: re.Pattern[str]
    strong: bool
    source: str


def sign(state: State, sdk: str, name: str, pattern: str, source: str) -> SentrySign:
    """Return a row; what starts and transports say of blindness decides by itself."""
    strong = state in (*BLIND_STARTS, State.DROPPING)
    return SentrySign(name, state, sdk, re.compile("(?i)" + pattern), strong, source)


S = r"(?<![\w@/.-])sentry(?![\w@]|[-/.]\w)"  # the word alone
SDK = (
    r"(?:(?<![\w@/.])sentry[-_ ]?sdk(?:\[[^\]]*\])?|@sentry/[\w-]+"
    r"|(?<![\w/.])sentry[-_ ](?:ruby|rails|raven|java|spring\S*|go|laravel)"
    rf"|{S} (?:package|module|library|client|integration|python sdk|node sdk)s?)"
)
ABOUT = (
    r"(?:\s+(?:sdk|error|errors|crash|exception|performance|tracking|monitoring|reporting|reports|integration|logging|client|support"
    r"|observability|telemetry|is|has|have|been|was|are|currently|explicitly|globally|now|will|be|remains|stays|successfully|init"
    r"|and))*"
)
MARK = r"\s*[\])]?\s*[:—–=-]{0,2}\s*"
INIT = r"(?:initiali[sz]\w*|init|configur\w+|set(?:ting)?[ -]?up|start(?:up|ing)?|enabl\w+|load(?:ing)?|bootstrap\w*|activat\w+)"
FAIL = r"(?:failed|fails|unable|could ?n[o']t|could not|cannot|can't|error(?:s)?|problem|exception|trouble|did not)"
ABSENT = (
    r"(?:(?:is|was|has|are)\s+)?(?:(?:not|n't|never)\s+(?:been\s+)?(?:set|configured|provided|found|defined|specified|present|given"
    r"|available|supplied|valid)|isn't set|unset|missing|absent|empty|blank|invalid|malformed|undefined|unconfigured"
    r"|None\b|null\b"
    r"|does(?:n't| not) look)"
)
DSN = (
    r"(?:[a-z0-9]+_)*sentry[ ._-]?dsn['\"`]?(?:\s+(?:environment|env|property|config\w*))?(?:\s+(?:variable|var|setting|value"
    r"|key))?"
)

START_SIGNS: tuple[SentrySign, ...] = (
    # missing
    sign(State.MISSING, "Python", "module not found", r"no module named ['\"]?(?:sentry_sdk|raven)\b", "Python's import"),
    sign(State.MISSING, "Node", "module not found", r"cannot find (?:module|package) ['\"]@sentry/", "Node's require and import"),
    sign(
        State.MISSING, "Java", "class not found", r"(?:ClassNotFoundException|NoClassDefFoundError)\W{1,3}io[./]sentry[./]", "JVM"
    ),
    sign(State.MISSING, "PHP", "class not found", r'class ["\']?\\?Sentry\\[\w\\]*["\']? not found', "PHP"),
    sign(
        State.MISSING,
        "Ruby",
        "gem not found",
        r"cannot load such file -- sentry|uninitialized constant (?:\w+::)?Sentry\b",
        "Ruby",
    ),
    sign(State.MISSING, ".NET", "assembly not found", r"could not load file or assembly '?Sentry[.,']", ".NET"),
    sign(
        State.MISSING,
        "Go",
        "package not found",
        r"(?:no required module provides|cannot find)"
        r" package \"?github\.com/getsentry/",
        "go build",
    ),
    sign(
        State.MISSING,
        "application",
        "SDK not installed",
        rf"{SDK}(?:\s+(?:package|module|library))?['\"`]?\s*(?:is |was |are |could )?"
        r"(?:(?:not|n't|isn't)(?: currently)? (?:be )?(?:available|installed|found|present|importable|imported|loaded)"
        r"|unavailable|missing)",
        "applications that guard the import",
    ),
    sign(
        State.MISSING,
        "application",
        "SDK not importable",
        rf"(?:{FAIL}\W+(?:to )?(?:import(?:ing)?|require|load|find)|ImportError)\W+(?:the )?{SDK}"
        r"(?! (?:initiali|init|config|setup))(?<!integration)(?<!client)",
        "applications that guard the import",
    ),
    sign(
        State.MISSING,
        "application",
        "SDK to be installed",
        rf"install (?:the )?['\"`]?{SDK}[^\n]{{0,60}}(?:to enable|for error|to track|to use)",
        "applications that guard the import",
    ),
    sign(
        State.MISSING,
        "application",
        "Sentry not available",
        rf"^\W*(?:\[[^\]]*\]\W*)*(?:warning|warn|error|note)?\W*{S}"
        r"(?: SDK)? (?:is |was )?(?:not (?:available|installed)|unavailable)\b",
        "applications that guard the import",
    ),
    # misconfigured
    sign(State.MISCONFIGURED, "Python", "bad DSN", r"\bBadDsn\b", "sentry-python utils.py"),
    sign(
        State.MISCONFIGURED,
        "Python",
        "integration not importable",
        r"cannot import name '\w+' from '?sentry_sdk|sentry_sdk\.integrations\.DidNotEnable",
        "sentry-python integrations",
    ),
    sign(
        State.MISCONFIGURED,
        "Node",
        "bad DSN",
        r"invalid sentry dsn|no dsn provided, client will not",
        "sentry-javascript dsn.ts, client.ts",
    ),
    sign(State.MISCONFIGURED, "Java", "no DSN", r"\bdsn is required\. use empty string", "sentry-java Sentry.java"),
    sign(
        State.MISCONFIGURED,
        "Go",
        "bad DSN",
        r"\bDsnParseError\b|client initialized with an empty dsn",
        "sentry-go dsn.go, client.go",
    ),
    sign(State.MISCONFIGURED, "PHP", "bad DSN", r'option "dsn" with value [^\n]{0,200} is invalid', "sentry-php Options.php"),
    sign(State.MISCONFIGURED, "Ruby", "no DSN", r"not sent: dsn not set", "sentry-ruby transport.rb"),
    sign(
        State.MISCONFIGURED,
        ".NET",
        "no DSN",
        r"init (?:was )?called (?:with|but) [^\n]{0,90}sentry sdk will be disabled"
        r"|invalid dsn: (?:a project id is required|no public key provided)",
        "sentry-dotnet SentrySdk.cs",
    ),
    sign(
        State.MISCONFIGURED,
        "application",
        "DSN not set",
        rf"(?:{DSN}(?:\s*\([^)\n]*\))?\s*[:=]?\s*{ABSENT}"
        rf"|\b(?:no|missing|empty|invalid|without(?: an?)?|unset) (?:valid )?{DSN}|KeyError\W+{DSN})",
        "applications that read the DSN",
    ),
    sign(
        State.MISCONFIGURED,
        "application",
        "no DSN for Sentry",
        rf"{S}[^\n]{{0,60}}\b(?:no|without(?: an?)?|missing|empty) DSN\b|\b(?:no|missing|empty) DSN\b[^\n]{{0,40}}{S}"
        rf"|{S}[^\n]{{0,30}}\bDSN\s*{ABSENT}",
        "applications that read the DSN",
    ),
    sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{FAIL}\s+(?:to\s+|while\s+|when\s+|during\s+|in\s+)?{INIT}\s+(?:of\s+|the\s+|for\s+)*(?:\w+\s+)?{S}",
        "applications that guard init()",
    ),
    sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{S}{MARK}(?:(?:sdk|error|warning|tracking|monitoring|client)\W{{1,3}})*{INIT}"
        r"(?:\s+\w+)?\s*(?:has |was |is )?[:\-—]?\s*"
        rf"(?:failed|failure|error\b|unsuccessful|aborted)",
        "applications that guard init()",
    ),
    sign(
        State.MISCONFIGURED,
        "application",
        "initialisation failed",
        rf"{S}(?: SDK)? {FAIL}(?: to)? (?:be )?{INIT}"
        rf"|{S}{ABOUT}\s+(?:not|never|isn't|hasn't|wasn't) (?:been )?(?:properly |correctly |fully )?"
        r"(?:initiali[sz]ed|configured|set up)\b"
        r"|\bsentry[. ]init: [^\n]{0,40}(?:dsn|dial|pars|invalid|error|unsupported|empty|fail)",
        "applications that guard init()",
    ),
    # disabled
    sign(
        State.DISABLED,
        "application",
        "switched off by a variable",
        r"(?<![a-z0-9])sentry[ ._]?enabled?(?:\W{1,4}| is | set to )(?:false|0|no|off)\b"
        r"|\b(?:DISABLE_SENTRY|SENTRY_DISABLED?)\W{1,4}(?:true|1|yes|on)\b",
        "applications with a switch",
    ),
    sign(
        State.DISABLED,
        "application",
        "switched off",
        rf"{S}{ABOUT}{MARK}(?:disabled|turned off|switched off|deactivated|not enabled|inactive|skipped"
        r"|not (?:be )?(?:used|started)|off(?=\s*(?:$|[.,;:!(\n]|(?:for|in|by|here|on)\b)))(?!\w)",
        "applications with a switch",
    ),
    sign(
        State.DISABLED,
        "application",
        "skipped",
        rf"(?:skip(?:ping|ped)?|disabling|disabled|bypass(?:ing|ed)|ignoring"
        r"|not (?:using|initiali[sz]ing|enabling|configuring|starting|setting up|loading)"
        rf"|(?:running|continuing|starting|proceeding) without)"
        rf"\s+(?:the\s+)?(?:{INIT}\s+(?:of\s+)?)?{S}",
        "applications with a switch",
    ),
    sign(
        State.DISABLED,
        "application",
        "switched off",
        rf"{S} {INIT}(?: is| was)? (?:skipped|disabled|turned off)|^\W*sentry(?: skip\w*|\s?[._:=]\s?(?:skip\w*|disabled|off))\b",
        "applications with a switch",
    ),
)
