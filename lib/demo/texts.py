"""The words of the recorded incident: what services say on a normal day, at a start, and when something fails."""

from dataclasses import dataclass

# severity ("" for a plain line of text on stdout), weight, module, function, line, text
Line = tuple[str, float, str, str, int, str]

BACKEND_LINES: tuple[Line, ...] = (
    ("INFO", 9, "parcels.intake", "register", 88, "Parcel {parcel} registered for locker {locker} in {ms} ms"),
    ("INFO", 7, "parcels.tracking", "record_scan", 142, "Scan of {parcel} recorded at depot {n}"),
    ("INFO", 4, "parcels.events", "publish", 61, "Published parcel.moved for {parcel}, offset {n}"),
    ("INFO", 3, "parcels.quotes", "quote", 37, "Quote for {n} g to locker {locker}: {n} cents"),
    ("INFO", 2, "parcels.sweeper", "sweep", 54, "Sweep finished: {n} parcels checked, {few} overdue"),
    ("DEBUG", 6, "parcels.cache", "fetch", 29, "Cache hit for parcel {parcel}, age {n} s"),
    ("DEBUG", 3, "parcels.store.session", "acquire", 73, "Connection taken from pool, {few} idle"),
    ("DEBUG", 2, "parcels.flags", "is_on", 18, "Flag new_labels is on for depot {n}"),
    ("WARNING", 0.5, "parcels.store.session", "timed", 97, "Slow query: {ms} ms for parcels_by_locker"),
    ("WARNING", 0.4, "parcels.carriers", "send", 120, "Carrier call for {parcel} retried, attempt {few}"),
    ("WARNING", 0.2, "parcels.intake", "check", 101, "Parcel {parcel} has no weight, using the default"),
    ("", 5, "parcels.worker", "", 0, "picked up {few} events from parcel-events"),
    ("", 3, "parcels.worker", "", 0, "label for {parcel} rendered in {ms} ms"),
)
LOCKER_LINES: tuple[Line, ...] = (
    ("INFO", 9, "lockers.doors", "open_door", 66, "Door {n} of locker {locker} opened"),
    ("INFO", 7, "lockers.doors", "close_door", 81, "Door {n} of locker {locker} closed after {few} s"),
    ("INFO", 5, "lockers.heartbeat", "receive", 33, "Heartbeat of locker {locker}: {few} doors free"),
    ("INFO", 3, "lockers.codes", "issue", 49, "Pickup code issued for {parcel}"),
    ("DEBUG", 4, "lockers.radio", "poll", 112, "Polled locker {locker} in {ms} ms"),
    ("WARNING", 0.5, "lockers.heartbeat", "expect", 58, "Heartbeat of locker {locker} is {few} s late"),
    ("WARNING", 0.3, "lockers.power", "watch", 24, "Battery of locker {locker} at {few} percent"),
)
PLANNER_LINES: tuple[Line, ...] = (
    ("INFO", 3, "routes.plan", "run", 40, "Planned {few} tours in {ms} ms"),
    ("INFO", 1, "routes.maps", "refresh", 22, "Map tiles are up to date"),
)
EVERYDAY_ERRORS: dict[str, tuple[Line, ...]] = {
    "parcels-backend-staging": (
        ("ERROR", 2, "parcels.carriers", "send", 131, "Carrier refused parcel {parcel}: address is incomplete"),
        ("ERROR", 1, "parcels.events", "publish", 70, "Event for {parcel} was not acknowledged within 5 s"),
    ),
    "lockers-api": (
        ("ERROR", 3, "lockers.doors", "open_door", 74, "Door {n} of locker {locker} did not open"),
        ("ERROR", 1, "lockers.radio", "poll", 118, "Locker {locker} sent an unreadable frame of {n} bytes"),
    ),
}

SENTRY_LINES: dict[str, Line] = {
    "missing": (
        "WARNING",
        1,
        "parcels.observability",
        "start_tracking",
        31,
        "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking",
    ),
    "misconfigured": (
        "ERROR",
        1,
        "parcels.observability",
        "start_tracking",
        52,
        """\
Failed to initialize Sentry: FastApiIntegration.__init__() got an unexpected keyword argument 'capture_bodies'
Traceback (most recent call last):
  File "/srv/parcels/observability.py", line 44, in start_tracking
    integrations=[FastApiIntegration(transaction_style="endpoint", capture_bodies="small")],
                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
TypeError: FastApiIntegration.__init__() got an unexpected keyword argument 'capture_bodies'""",
    ),
    "initialised": ("INFO", 1, "observability", "start_tracking", 57, "Sentry initialized for {environment}, release {revision}"),
}
RATE_LIMIT_LINE: Line = ("WARNING", 1, "sentry_sdk.transport", "_update_rate_limits", 264, "[sentry] Rate-limited via 429")

_REQUEST_FRAMES = """\
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/uvicorn/protocols/http/httptools_impl.py", line 409, in run_asgi
    result = await app(self.scope, self.receive, self.send)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/local/lib/python3.12/site-packages/fastapi/applications.py", line 1054, in __call__
    await super().__call__(scope, receive, send)
  File "/usr/local/lib/python3.12/site-packages/starlette/routing.py", line 715, in __call__
    await self.middleware_stack(scope, receive, send)
  File "/usr/local/lib/python3.12/site-packages/fastapi/routing.py", line 301, in app
    raw_response = await run_endpoint_function(
                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
"""
_POOL_TRACE = (
    _REQUEST_FRAMES
    + """\
  File "/srv/parcels/api/lookup.py", line 47, in get_parcel
    async with session() as db:
  File "/srv/parcels/store/session.py", line 73, in acquire
    connection = await POOL.getconn(timeout=30.0)
                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/local/lib/python3.12/site-packages/psycopg_pool/pool_async.py", line 203, in getconn
    raise PoolTimeout(
psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec"""
)
_COLUMN_TRACE = (
    """\
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/sqlalchemy/engine/base.py", line 1967, in _exec_single_context
    self.dialect.do_execute(
  File "/usr/local/lib/python3.12/site-packages/psycopg/cursor.py", line 97, in execute
    raise ex.with_traceback(None)
psycopg.errors.UndefinedColumn: column parcels.locker_slot does not exist
LINE 1: SELECT parcels.id, parcels.locker_slot FROM parcels WHERE id...
                           ^

The above exception was the direct cause of the following exception:

"""
    + _REQUEST_FRAMES
    + """\
  File "/srv/parcels/api/lookup.py", line 52, in get_parcel
    return await find_parcel(db, parcel_id)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/parcels/store/parcels.py", line 118, in find_parcel
    row = (await db.execute(query)).one()
           ^^^^^^^^^^^^^^^^^^^^^^^
sqlalchemy.exc.ProgrammingError: (psycopg.errors.UndefinedColumn) column parcels.locker_slot does not exist"""
)
_LABEL_TRACE = (
    _REQUEST_FRAMES
    + """\
  File "/srv/parcels/api/labels.py", line 33, in print_label
    return await client.render(parcel)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/parcels/clients/labels.py", line 64, in render
    answer.raise_for_status()
  File "/usr/local/lib/python3.12/site-packages/httpx/_models.py", line 829, in raise_for_status
    raise HTTPStatusError(message, request=request, response=self)
httpx.HTTPStatusError: Server error '502 Bad Gateway' for url 'http://labels.tidewell.example/v2/render'"""
)
_SIZE_TRACE = (
    _REQUEST_FRAMES
    + """\
  File "/srv/parcels/api/quotes.py", line 29, in quote
    return price(parcel.size, parcel.weight)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/parcels/quotes.py", line 41, in price
    base = BASE_CENTS[size]
           ~~~~~~~~~~^^^^^^
KeyError: 'XXL'"""
)

POOL_START_TRACE = """\
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/starlette/routing.py", line 693, in lifespan
    async with self.lifespan_context(app) as maybe_state:
  File "/srv/parcels/main.py", line 38, in lifespan
    await open_pool(timeout=30.0)
  File "/srv/parcels/store/session.py", line 41, in open_pool
    await POOL.wait(timeout=timeout)
  File "/usr/local/lib/python3.12/site-packages/psycopg_pool/pool_async.py", line 145, in wait
    raise PoolTimeout(f"pool initialization incomplete after {timeout} sec")
psycopg_pool.PoolTimeout: pool initialization incomplete after 30.0 sec"""
SETTINGS_TRACE = """\
Traceback (most recent call last):
  File "/usr/local/lib/python3.12/site-packages/gunicorn/arbiter.py", line 608, in spawn_worker
    worker.init_process()
  File "/usr/local/lib/python3.12/site-packages/uvicorn/workers.py", line 75, in init_process
    super().init_process()
  File "/usr/local/lib/python3.12/site-packages/gunicorn/util.py", line 370, in import_app
    mod = importlib.import_module(module)
          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/srv/parcels/main.py", line 11, in <module>
    from parcels.settings import QueueSettings
ImportError: cannot import name 'QueueSettings' from 'parcels.settings' (/srv/parcels/settings.py)"""


@dataclass(frozen=True)
class Failure:
    """What one failing request leaves: a logged error, sometimes a raw traceback on stderr, and a failed request."""

    line: Line
    exception: tuple[str, str]
    trace: str
    path: str
    status: int
    latency_s: tuple[float, float]
    also: Line


FAILURES: dict[str, Failure] = {
    "pool": Failure(
        (
            "ERROR",
            1,
            "parcels.api.lookup",
            "get_parcel",
            58,
            "Parcel {parcel} could not be read: no database connection within 30 s",
        ),
        ("PoolTimeout", "couldn't get a connection after 30.00 sec"),
        _POOL_TRACE,
        "/v1/parcels/{parcel}",
        503,
        (30.0, 30.6),
        ("WARNING", 1, "parcels.store.session", "watch", 88, "Database pool is exhausted: 10 of 10 in use, {few} waiting"),
    ),
    "column": Failure(
        (
            "ERROR",
            1,
            "parcels.api.lookup",
            "get_parcel",
            61,
            "Parcel {parcel} could not be read: column parcels.locker_slot does not exist",
        ),
        ("ProgrammingError", "(psycopg.errors.UndefinedColumn) column parcels.locker_slot does not exist"),
        _COLUMN_TRACE,
        "/v1/parcels/{parcel}",
        500,
        (0.02, 0.3),
        ("ERROR", 1, "parcels.events", "consume", 93, "Consumer gave up on event {n} of parcel-events after 5 attempts"),
    ),
    "labels": Failure(
        (
            "ERROR",
            1,
            "parcels.api.labels",
            "print_label",
            40,
            "Label of parcel {parcel} was not printed: label service answered 502",
        ),
        ("HTTPStatusError", "Server error '502 Bad Gateway'"),
        _LABEL_TRACE,
        "/v1/parcels/{parcel}/label",
        503,
        (2.0, 9.0),
        ("WARNING", 1, "parcels.clients.labels", "render", 59, "Label service is slow: {ms} ms, attempt {few}"),
    ),
    "size": Failure(
        ("ERROR", 1, "parcels.api.quotes", "quote", 33, "Quote for parcel {parcel} failed: KeyError: 'XXL'"),
        ("KeyError", "'XXL'"),
        _SIZE_TRACE,
        "/v1/quotes",
        500,
        (0.01, 0.06),
        ("WARNING", 1, "parcels.quotes", "price", 39, "No price for size XXL, parcel {parcel}"),
    ),
}

_HELP = "Additional troubleshooting documentation can be found at: https://cloud.google.com/run/docs/troubleshooting"
CLOUD_RUN = {
    "rollout": "Starting new instance. Reason: DEPLOYMENT_ROLLOUT - Instance started due to traffic shifting between revisions "
    "due to deployment, traffic split adjustment, or deployment health check.",
    "scaling": "Starting new instance. Reason: AUTOSCALING - Instance started due to configured scaling factors "
    "(e.g. CPU utilization, request throughput, etc.) or no existing capacity for current traffic.",
    "probe": 'Default STARTUP TCP probe succeeded after 1 attempt for container "{service}-1" on port 8080.',
    "probe_failed": 'Default STARTUP TCP probe failed 1 time consecutively for container "{service}-1" on port 8080. '
    "The instance was not started.",
    "exit": "Container called exit({code}).",
    "malformed": "The request failed because either the HTTP response was malformed or connection to the instance had an error. "
    f"{_HELP}#malformed-response-or-connection-error",
    "not_ready": "The user-provided container failed to start and listen on the port defined provided by the PORT=8080 "
    "environment variable within the allocated timeout.",
}
