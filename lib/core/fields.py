"""What is taken out of a LogEntry's JSON: FIELDS and their groups, and the types that its parts must have."""

import polars as pl

Have = frozenset[str]  # the fields that some row has

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

MESSAGES = ("text", "json_message", "json_msg", "json_event", "json_text", "json_log", "json_stack", "json_exception")
LEVEL_FIELDS = ("json_level", "json_severity", "json_levelname")
SERVICES = ("service_name", "pod_app", "pod_app_name", "job_name", "function_name", "module_id", "container_name")
REVISIONS = ("revision_name", "pod_hash", "version_id")
INSTANCES = ("instance_id", "pod_name", "resource_instance")
METHODS, URLS = ("request_method", "request_method_short"), ("request_url", "request_url_short")
ENVIRONMENT_LABELS = ("label_environment", "label_env", "pod_environment", "resource_environment")
PLACE = ("log_name", "project_id", *SERVICES, "resource_instance", *REVISIONS, "audit_resource", "namespace", *ENVIRONMENT_LABELS)
PLACES_IN_CODE = (
    ("source_file", "source_function", "source_line"),
    ("json_module", "json_function", "json_line"),
    ("json_context",),
    ("json_logger",),
)

NO_TEXT = r"^(?:[\[{]|-?[0-9.]+(?:[eE][+-]?[0-9]+)?$|(?:true|false)$)"  # what a value that is no text looks like as text


def looks_mistyped() -> pl.Expr:
    """Tell which rows of FIELDS need a look at their types: a text that could be another type, an object that told nothing."""
    texts = [pl.col(c).str.contains(NO_TEXT).fill_null(False) for c in ("text", "log_name", "insert_id", "timestamp", "severity")]
    silent = pl.all_horizontal(pl.col(c).is_null() for c in MESSAGES)
    return pl.any_horizontal(*texts, silent, pl.col("project_id").is_null() | pl.col("instance_id").is_null())


def is_mistyped(types: pl.Expr) -> pl.Expr:
    """Tell which lists of types (one for each of TYPES) hold one that an entry cannot have."""
    wrong = [~types.list.get(i).is_in([*allowed, "NULL"]) for i, allowed in enumerate(TYPES.values())]
    return pl.any_horizontal(w.fill_null(False) for w in wrong)
