"""LogEntry -> ENTRIES, in two steps: FIELDS names what a decoder takes out of the JSON, normalize() makes columns of it.

A row whose `reason` is not null could not become an entry; its other columns then mean nothing.
"""

import polars as pl

from lib.core import collapsing, stacktraces
from lib.core.model import Severity

# What is taken out of the JSON in one pass, as text: name, path.
FIELDS = {
    "log_name": "$.logName",
    "timestamp": "$.timestamp",
    "insert_id": "$.insertId",
    "severity": "$.severity",
    "trace": "$.trace",
    "text": "$.textPayload",
    "project_id": "$.resource.labels.project_id",
    "service_name": "$.resource.labels.service_name",
    "revision_name": "$.resource.labels.revision_name",
    "job_name": "$.resource.labels.job_name",
    "function_name": "$.resource.labels.function_name",
    "module_id": "$.resource.labels.module_id",
    "version_id": "$.resource.labels.version_id",
    "container_name": "$.resource.labels.container_name",
    "namespace": "$.resource.labels.namespace_name",
    "pod_name": "$.resource.labels.pod_name",
    "resource_instance": "$.resource.labels.instance_id",
    "resource_environment": "$.resource.labels.environment",
    "instance_id": "$.labels.instanceId",
    "label_environment": "$.labels.environment",
    "label_env": "$.labels.env",
    "pod_app": '$.labels."k8s-pod/app"',
    "pod_app_name": '$.labels."k8s-pod/app_kubernetes_io/name"',
    "pod_hash": '$.labels."k8s-pod/pod-template-hash"',
    "pod_environment": '$.labels."k8s-pod/environment"',
    "json_message": "$.jsonPayload.message",
    "json_msg": "$.jsonPayload.msg",
    "json_event": "$.jsonPayload.event",
    "json_text": "$.jsonPayload.textPayload",
    "json_log": "$.jsonPayload.log",
    "json_stack": "$.jsonPayload.stack_trace",
    "json_exception": "$.jsonPayload.exception",
    "json_level": "$.jsonPayload.level",
    "json_severity": "$.jsonPayload.severity",
    "json_levelname": "$.jsonPayload.levelname",
    "json_module": "$.jsonPayload.labels.module",
    "json_function": "$.jsonPayload.labels.function",
    "json_line": "$.jsonPayload.labels.line",
    "json_context": "$.jsonPayload.context.name",
    "json_logger": "$.jsonPayload.logger",
    "source_file": "$.sourceLocation.file",
    "source_function": "$.sourceLocation.function",
    "source_line": "$.sourceLocation.line",
    "audit_method": "$.protoPayload.methodName",
    "audit_resource": "$.protoPayload.resourceName",
    "audit_status": "$.protoPayload.status.message",
    "request_method": "$.httpRequest.requestMethod",
    "request_method_short": "$.httpRequest.method",
    "request_url": "$.httpRequest.requestUrl",
    "request_url_short": "$.httpRequest.url",
    "request_status": "$.httpRequest.status",
    "request_latency": "$.httpRequest.latency",
}

# Fields whose type decides whether an entry is one: path, the types it may have in DuckDB's words.
TEXT, OBJECT = ("VARCHAR",), ("OBJECT",)
TYPES = {
    "$.logName": TEXT,
    "$.timestamp": TEXT,
    "$.insertId": TEXT,
    "$.severity": ("VARCHAR", "UBIGINT", "BIGINT"),
    "$.textPayload": TEXT,
    "$.jsonPayload": OBJECT,
    "$.protoPayload": OBJECT,
    "$.httpRequest": OBJECT,
    "$.resource": OBJECT,
    "$.labels": OBJECT,
}

NO_TEXT = r"^(?:[\[{]|-?[0-9.]+(?:[eE][+-]?[0-9]+)?$|(?:true|false)$)"  # what a value that is no text looks like as text

WRONG_TYPE = "wrong type"
NO_TIMESTAMP, UNREADABLE, OUT_OF_RANGE = "no timestamp", "unreadable timestamp", "timestamp out of range"
NO_INSERT_ID, NO_LOG_NAME = "no insertId", "no logName"

# The years that a log can come from: Cloud Logging keeps ten at most and takes a day of the future; a clock can be off by more.
FIRST_YEAR, LAST_YEAR = 2000, 2099
TIMESTAMP = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})$"

ENVIRONMENTS = {
    "production": ("production", "prod", "prd", "live"),
    "staging": ("staging", "stage", "stg"),
    "development": ("development", "dev"),
    "test": ("test", "testing", "qa"),
    "preview": ("preview", "sandbox"),
}
WORDS_OF_ENVIRONMENTS = {word: name for name, words in ENVIRONMENTS.items() for word in words}

# How a level stands inside a line that has no severity: at its start, in brackets or between dashes, as logfmt, as glog.
LEVELS = r"DEBUG|TRACE|INFO|NOTICE|WARN(?:ING)?|ERROR|CRITICAL|FATAL|SEVERE|ALERT|EMERGENCY|PANIC"
LEVEL = (
    rf"^(?:\S*[0-9]{{2}}:[0-9]{{2}}[^A-Za-z]*)?\s*[\[(<]?((?:{LEVELS})|(?:{LEVELS.lower()}))[\])>]?(?:[:\s|-]|$)"
    rf"|^.{{0,80}}?(?:\[|\s-\s|\s\|\s|[0-9]\s|\]\s)((?:{LEVELS})|(?:{LEVELS.lower()}))(?:\]|\s-\s|\s\|\s|:?\s)"
    rf"|^(?:.{{0,200}}?\s)?level=\"?((?:{LEVELS})|(?:{LEVELS.lower()}))\b"
    r"|^([IWEF])[0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2}"
)
SEVERITIES = {s.value: s.value for s in Severity if s is not Severity.DEFAULT} | {
    "TRACE": "DEBUG",
    "WARN": "WARNING",
    "FATAL": "CRITICAL",
    "SEVERE": "ERROR",
    "PANIC": "CRITICAL",
    "ERR": "ERROR",
    "CRIT": "CRITICAL",
    "I": "INFO",
    "W": "WARNING",
    "E": "ERROR",
    "F": "CRITICAL",
    # Cloud Logging's own numbers, and those of bunyan and pino
    "100": "DEBUG",
    "200": "INFO",
    "300": "NOTICE",
    "400": "WARNING",
    "500": "ERROR",
    "600": "CRITICAL",
    "700": "ALERT",
    "800": "EMERGENCY",
    "10": "DEBUG",
    "20": "DEBUG",
    "30": "INFO",
    "40": "WARNING",
    "50": "ERROR",
    "60": "CRITICAL",
}

NO_PLACE = ("", "logging", "__init__", "root")  # the wrapper around a logging call says nothing about the code
MESSAGES = ("text", "json_message", "json_msg", "json_event", "json_text", "json_log", "json_stack", "json_exception")
SERVICES = ("service_name", "pod_app", "pod_app_name", "job_name", "function_name", "module_id", "container_name")
ORIGINS = {"requests": "request", "stdout": "stdout", "stderr": "stderr", "system": "system", "activity": "audit", "system_event": "audit"}


def normalize(fields: pl.DataFrame) -> pl.DataFrame:
    """Return the columns of ENTRIES (without exception and day), and `reason` and `is_trace`, of the fields of entries.

    Shape:  fields holds FIELDS as text, `number`, `payload` and `mistyped`.
    """
    told = fields.lazy().with_columns(
        ts=pl.col("timestamp").str.to_datetime("%+", time_unit="ns", time_zone="UTC", strict=False, exact=True),
        message=pl.coalesce(*map(text_or_null, MESSAGES), audit_text(), request_text()),
        given=as_severity(pl.col("severity")),
        level=pl.coalesce(*(as_severity(pl.col(c)) for c in ("json_level", "json_severity", "json_levelname"))),
        http_path=request_path(),
    ).collect()
    texts = read_texts(told["message"])
    written = told.drop("severity").join(texts, on="message", how="left", maintain_order="left")
    placed = written.join(find_places(written), on=PLACE, how="left", maintain_order="left", nulls_equal=True)
    severity = pl.coalesce("given", "level", "said")
    return placed.select(
        "number",
        "message",
        "collapsed",
        "payload",
        "http_path",
        "project",
        "environment",
        "service",
        "revision",
        "log",
        "origin",
        reason=find_reason(),
        is_trace=pl.col("is_trace").fill_null(False),
        severity=pl.coalesce(severity, pl.lit(Severity.DEFAULT.value)),
        severity_inferred=pl.col("given").is_null() & severity.is_not_null(),
        http_method=first_text("request_method", "request_method_short"),
        http_status=pl.col("request_status").cast(pl.Int32, strict=False),
        ts=pl.col("ts").dt.cast_time_unit("us"),
        nanos=(pl.col("ts").dt.nanosecond() % 1000).cast(pl.Int16),
        insert_id=pl.col("insert_id").fill_null(""),
        instance=first_text("instance_id", "pod_name", "resource_instance"),
        location=find_location(),
        trace=pl.col("trace").fill_null(""),
        latency_ms=pl.col("request_latency").str.strip_suffix("s").cast(pl.Float64, strict=False) * 1000,
    )


# What says where an entry comes from; few combinations occur, so what follows from them is found once for each.
PLACE = [
    "log_name", "project_id", *SERVICES, "resource_instance", "revision_name", "pod_hash", "version_id", "audit_resource", "namespace",
    "label_environment", "label_env", "pod_environment", "resource_environment",
]  # fmt: skip


def find_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Return PLACE once each, with project, environment, service, revision, log and origin."""
    audited = pl.col("audit_resource")
    named = rows.select(PLACE).unique().with_columns(
        known_service=first_text(*SERVICES),
        log=pl.col("log_name").str.extract(r"/logs/(.*)$").fill_null(pl.col("log_name")).fill_null("").str.replace_all("%2F", "/", literal=True),
    )
    return named.select(
        *PLACE,
        "log",
        project=pl.coalesce(pl.col("log_name").str.extract(r"^[a-zA-Z]+/([^/]+)/logs/"), "project_id", pl.lit("")),
        environment=find_environment(),
        service=pl.coalesce(known("known_service"), audited.str.extract(r"(?:services|deployments)/([^/]+)"), "resource_instance", pl.lit("")),
        revision=pl.coalesce(*map(known, ("revision_name", "pod_hash", "version_id")), audited.str.extract("revisions/([^/]+)"), pl.lit("")),
        origin=pl.col("log").str.extract(r"([a-z_]+)$").replace_strict(ORIGINS, default="other", return_dtype=pl.String).fill_null("other"),
    )


def read_texts(messages: pl.Series) -> pl.DataFrame:
    """Return each message once, with its collapsed text, whether it holds a stack trace, and the severity that it names."""
    text = pl.col("message")
    distinct = messages.alias("message").drop_nulls().unique().to_frame()
    words = distinct.select(text.str.slice(0, 300).str.extract_groups(LEVEL).alias("words")).unnest("words")
    return distinct.with_columns(
        words.select(said=as_severity(pl.coalesce(pl.all()))).to_series(),
        collapsed=collapsing.collapse_expr(text),
        is_trace=stacktraces.looks_like_trace_expr(text).fill_null(False),
    ).with_columns(said=pl.when("is_trace").then(pl.lit("ERROR")).otherwise("said"))


def known(column: str) -> pl.Expr:
    """Return a column with null for ""."""
    return pl.when(pl.col(column) != "").then(pl.col(column))


def text_or_null(column: str) -> pl.Expr:
    """Return a column without white space around it, null when nothing is left."""
    bare = pl.col(column).str.strip_chars(" \t\r\n")
    return pl.when(bare != "").then(bare)


def first_text(*columns: str) -> pl.Expr:
    """Return the first of the columns that is not empty, else ""."""
    return pl.coalesce(*map(known, columns), pl.lit(""))


def joined(separator: str, *columns: str) -> pl.Expr:
    """Return those of the columns that are not empty, joined."""
    return pl.concat_str(*map(known, columns), separator=separator, ignore_nulls=True)


def audit_text() -> pl.Expr:
    """Return what an audit entry says: its status, else what was called on what."""
    called = joined(" ", "audit_method", "audit_resource")
    return pl.coalesce(known("audit_status"), pl.when(called != "").then(called))


def request_path() -> pl.Expr:
    """Return the path of a request's URL, without its query."""
    return first_text("request_url", "request_url_short").str.extract(r"^(?:[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*)?(/[^?#]*)").fill_null("")


def request_text() -> pl.Expr:
    """Return a message for a request that has none of its own: "GET /health 503"."""
    parts = [first_text("request_method", "request_method_short"), request_path(), pl.col("request_status")]
    named = [pl.when(part != "").then(part) for part in parts]
    return pl.when(pl.col("request_status").is_not_null()).then(pl.concat_str(*named, separator=" ", ignore_nulls=True))


def as_severity(level: pl.Expr) -> pl.Expr:
    """Return Google's name of a level, null when it is none."""
    return level.str.to_uppercase().replace_strict(SEVERITIES, default=None, return_dtype=pl.String)


def looks_mistyped() -> pl.Expr:
    """Tell which rows of FIELDS need a look at their types: a text that could be another type, an object that told nothing."""
    texts = [pl.col(c).str.contains(NO_TEXT).fill_null(False) for c in ("text", "log_name", "insert_id")]
    silent = pl.all_horizontal(pl.col(c).is_null() for c in MESSAGES)
    return pl.any_horizontal(*texts, silent, pl.col("project_id").is_null() | pl.col("instance_id").is_null())


def is_mistyped(types: pl.Expr) -> pl.Expr:
    """Tell which lists of types (one for each of TYPES) hold one that an entry cannot have."""
    wrong = [~types.list.get(i).is_in([*allowed, "NULL"]) for i, allowed in enumerate(TYPES.values())]
    return pl.any_horizontal(w.fill_null(False) for w in wrong)


def find_reason() -> pl.Expr:
    """Return why a row cannot become an entry, null when it can."""
    missing = [pl.when(pl.col(c).fill_null("") == "").then(pl.lit(r)) for c, r in (("timestamp", NO_TIMESTAMP), ("insert_id", NO_INSERT_ID), ("log_name", NO_LOG_NAME))]
    year = pl.col("timestamp").str.slice(0, 4).cast(pl.Int32, strict=False)
    readable = pl.col("timestamp").str.contains(TIMESTAMP)
    return pl.coalesce(
        pl.when("mistyped").then(pl.lit(WRONG_TYPE)),
        *missing,
        pl.when(~readable).then(pl.lit(UNREADABLE)),
        pl.when(~year.is_between(FIRST_YEAR, LAST_YEAR)).then(pl.lit(OUT_OF_RANGE)),
        pl.when(pl.col("ts").is_null()).then(pl.lit(UNREADABLE)),
    )


def find_environment() -> pl.Expr:
    """Return the environment that a label names, else the service, the namespace or the project at its end, else ""."""
    labels = [known(c).str.to_lowercase() for c in ("label_environment", "label_env", "pod_environment", "resource_environment")]
    named = [label.replace(WORDS_OF_ENVIRONMENTS) for label in labels]
    ending = rf"(?:^|[-_.])({'|'.join(WORDS_OF_ENVIRONMENTS)})$"
    ended = [pl.col(c).str.to_lowercase().str.extract(ending).replace(WORDS_OF_ENVIRONMENTS) for c in ("known_service", "namespace", "project_id")]
    return pl.coalesce(*named, *ended, pl.lit(""))


def find_location() -> pl.Expr:
    """Return where in the code an entry was written, as module:function:line as far as it is known, else ""."""
    return (
        pl.when(pl.col("source_file").fill_null("") != "")
        .then(joined(":", "source_file", "source_function", "source_line"))
        .when(~pl.col("json_module").fill_null("").is_in(NO_PLACE))
        .then(joined(":", "json_module", "json_function", "json_line"))
        .when(~pl.col("json_context").fill_null("").is_in(NO_PLACE))
        .then("json_context")
        .when(~pl.col("json_logger").fill_null("").is_in(NO_PLACE))
        .then("json_logger")
        .otherwise(pl.lit(""))
    )
