"""The table of texts about Sentry: real wordings that must tell, and near misses that must not, state by state."""

import re

import pytest

from lib.core.model import Kind
from lib.core.sentry.sentrysigns import HINT, SIGNS, find_project_id, find_sign
from lib.core.sentry.trackingstates import BLIND_STARTS, State
from lib.core.signatures import judge_kind

TELLING = {
    State.MISSING: [
        "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking",
        "sentry-sdk not installed, error monitoring is off",
        "Error tracking setup failed: No module named 'sentry_sdk'",
        "Error: Cannot find module '@sentry/node'",
        "Sentry SDK not available, continuing without error reports",
        "sentry-sdk not installed; Sentry disabled",
        "[APP] SENTRY_DSN set but sentry-sdk not installed",
        "[sentry] WARNING: sentry-sdk not installed",
        "SENTRY_DSN is set but sentry-sdk is not installed; skipping Sentry initialization.",
        "⚠️  Sentry not available, skipping initialization",
        "Could not import sentry_sdk, error tracking is off",
        "sentry_sdk package not installed. Run: pip install sentry-sdk",
        "@sentry/node is not installed, errors stay local",
        "java.lang.NoClassDefFoundError: io/sentry/Sentry",
        'PHP Fatal error: Uncaught Error: Class "Sentry\\SentrySdk" not found in /srv/app.php:3',
        "LoadError: cannot load such file -- sentry-ruby",
        "System.IO.FileNotFoundException: Could not load file or assembly 'Sentry, Version=4.0.0.0'",
        "Please install sentry-sdk to enable error tracking",
        "sentry_sdk_not_installed",
        "Bundler::GemNotFound: Could not find sentry-ruby-5.17.3 in any of the sources",
        'main.go:7:2: cannot find package "github.com/getsentry/sentry-go" in any of',
        "no required module provides package github.com/getsentry/sentry-go; to add it: go get",
        'Traceback (most recent call last):\n  File "/app/main.py", line 3, in <module>\n    import sentry_sdk\n'
        "ModuleNotFoundError: No module named 'sentry_sdk'",
    ],
    State.MISCONFIGURED: [
        "Failed to initialize Sentry: BadDsn: Unsupported scheme ''",
        "Sentry DSN not configured - errors will not be reported",
        "Invalid Sentry Dsn: 12",
        "No DSN provided, client will not send events.",
        "SENTRY_DSN not set — error tracking disabled",
        "[observability] VITE_SENTRY_DSN not set — error tracking disabled",
        "SENTRY DSN not provided, Sentry is disabled",
        "Sentry is disabled because no DSN is configured",
        "Sentry disabled — SENTRY_DSN not set",
        "sentry.dsn property is blank",
        "SENTRY_DSN not found. Sentry initialization skipped.",
        "⚠️ SENTRY_DSN not found. Sentry is DISABLED.",
        "[WARN] Sentry is not configured (SENTRY_DSN)",
        "skipping Sentry initialization due to missing DSN URI...",
        "SENTRY_DSN doesn't look like a valid Sentry DSN",
        "Sentry init failed (continuing without it): boom",
        "Sentry initialization failed: [Sentry] DsnParseError: invalid scheme",
        "[sentry] WARNING: Initialization failed: Unsupported scheme",
        'The option "dsn" with value "x" is invalid.',
        "Sentry could not be initialized",
        "ImportError: cannot import name 'FastApiIntegration' from 'sentry_sdk.integrations.fastapi'",
        "sentry_sdk.integrations.DidNotEnable: FastAPI is not installed",
        "Sentry integration disabled (no DSN configured)",
        "[Sentry] No SENTRY_DSN configured",
        "VITE_SENTRY_DSN not provided. Frontend Sentry tracking disabled.",
        "Sentry not configured",
        "Unable to configure Sentry: connection string is wrong",
        "java.lang.IllegalArgumentException: DSN is required. Use empty string or set enabled to false in SentryOptions",
        "Sentry client initialized with an empty DSN. Using noopTransport. No events will be delivered.",
        "Init was called but no DSN was provided nor located. Sentry SDK will be disabled.",
        "Warning: No DSN was provided. The Sentry SDK will be disabled. Native SDK will also not be initalized.",
        "[Transport] Event not sent: DSN not set",
        "sentry_init_failed error=boom",
        "sentry.init.failed",
        "sentry_dsn_missing",
        "sentry.Init: [Sentry] dial tcp: lookup failed",
        "sentry.Init failed: empty public key",
        "KeyError: 'SENTRY_DSN'",
        "Sentry isn't configured",
        "Sentry is not properly configured",
        "System.ArgumentException: Invalid DSN: A Project Id is required.",
        "Failed to initialize Sentry: FastApiIntegration.__init__() got an unexpected keyword argument 'x'\nTraceback (most "
        'recent call last):\n  File "/srv/o.py", line 44, in start\n'
        'TypeError: FastApiIntegration.__init__() got an unexpected keyword',
    ],
    State.DISABLED: [
        "Sentry is disabled for this environment",
        "SENTRY_ENABLED=false, skipping Sentry setup",
        "Sentry error tracking disabled by configuration",
        "sentry enabled: false",
        "VITE_SENTRY_ENABLED=false",
        "SENTRY_ENABLED is false; not sending errors",
        "sentry_init_skipped reason=local",
        "[Sentry] Running in development mode - Sentry is disabled",
        "SentryEcosystemMixin::setUpSentry: Sentry is disabled",
        "Debug build — skipping Sentry init",
        "[Sentry] Development mode - Sentry tracking disabled",
        "Error tracking: skipping Sentry",
        "Sentry: disabled",
        "Error tracking (Sentry) disabled",
        "Sentry is not enabled",
        "sentry.skip reason=local",
        "Not initializing Sentry in this environment",
        "Sentry monitoring turned off via settings",
        "Sentry is off in this environment",
    ],
    State.DROPPING: [
        "Unexpected status code: 429 (body: b'rate limited, retry in 12')",
        "Retrying (Retry(total=2, connect=None, read=None)) after connection broken by 'ProtocolError': /api/17/envelope/",
        "[sentry] Rate-limited via 429",
        "ERROR:sentry_sdk.errors:Unexpected status code: 429 (body: b'no')",
        "2025-09-16 06:20:01,123 [sentry_sdk.errors] ERROR: Unexpected status code: 500 (body: b'')",
        "sentry_sdk.errors ERROR Unexpected status code: 413",
        "[Sentry] 2025/09/16 Sending error event [12] failed with the following error: 403",
        "Sentry responded with status code 429 to sent event.",
        "Sentry responded with status code 413. Envelope was discarded due to exceeding size limits.",
        "Too many requests for sentry ingest, backing off for 30 s",
        "Failed while sending event: ECONNREFUSED",
        "Encountered error running transport request: timeout",
        'Failed to send the event to Sentry. Reason: "SSL certificate problem".',
        "There was an issue with sending an event: dial tcp: lookup failed",
        "HTTPSConnectionPool(host='o1.ingest.sentry.io', port=443): Max retries exceeded with url: /api/42/envelope/",
        "Could not deliver exception to Sentry",
        "Event sending failed: the server responded with status 401",
        "Envelope sending failed: the endpoint could not be reached",
        "Sentry rejected the envelope 12. Status code: 400.",
        "Sentry quota exceeded for this month",
        "Sentry transport error: 429 Too Many Requests",
        "Error sending event to Sentry: timeout",
    ],
    State.DEGRADED: [
        "flush timed out, dropped 14 events",
        "Skipped sending event because buffer is full.",
        "Event dropped due to transport buffer being full.",
        "We detected the use of uWSGI without thread support. This might lead to unexpected issues.",
        "[Sentry] express is not instrumented. Please make sure to initialize Sentry in a separate file.",
        "background worker queue full, dropping event",
    ],
    State.WEAK: [
        "Rate-limited via x-sentry-rate-limits",
        "[sentry] Rate-limited via x-sentry-rate-limits for 12 s",
        "Sentry is attempting to send 3 pending events",
        "Sentry is attempting to send 1 pending error messages",
        "[sentry] Did not import default integration sentry_sdk.integrations.flask.FlaskIntegration: Flask is not installed",
    ],
    State.INITIALISED: [
        "Sentry initialized",
        "Sentry initialised (env=staging)",
        "Sentry enabled, sample rate 12",
        "✓ Sentry initialized (environment=production)",
        "[sentry] Setting up integrations, 14 found",
        "[sentry] Initialized in production mode",
        "[Sentry] Successfully initialized",
        "sentry_initialized environment=production",
        "Sentry crash reporting enabled (env=production)",
        "SENTRY_DSN found. Initializing Sentry",
        "Sentry error monitoring enabled.",
        "Initializing SDK with DSN: '[url_password]'",
        "Sentry initialized for staging, release orders-00042-abc",
        '2025-09-16 06:20:01,123 INFO app.boot: Sentry initialized',
    ],
}  # fmt: skip

NEAR_MISSES = {
    State.MISSING: [
        "No module named 'sentry_utils'",
        "ERROR:sentry_sdk.errors:Discarding something",
        "user sentry not available for the meeting",
        "Cannot find module './sentinel'",
        "Postgres SDK not available - install psycopg",
        "Guard 'sentry' not found in roster",
        "GET https://example.com/sentry-sdk/not-installed HTTP 404",
        'Traceback (most recent call last):\n  File "/site-packages/sentry_sdk/integrations/asgi.py", line 9, in _run\n'
        "    raise x\nValueError: driver not available",
    ],
    State.MISCONFIGURED: [
        "POSTGRES_DSN is required",
        "REDIS_DSN not set, using memory",
        "sqlite chapterstore: dsn is required",
        "Failed to initialize cache for https://sentry.example.com/settings",
        "Invalid DSN for mysql",
        "failed to initialize pipeline at /opt/sentry-cli/run.sh",
        "Failed to load user sentry_bot: no such row",
    ],
    State.DISABLED: [
        "User sentry disabled by admin",
        "feature sentry-mode disabled",
        "account=sentry is disabled",
        "skipping sentry-cli upload",
        "Skipping sentryman shift",
        "login disabled for sentry@example.com",
    ],
    State.DROPPING: [
        "Unexpected status code: 200",
        "Unexpected status code: 502 from paydb",
        "Sentry off-site backup started",
        "upstream said: Unexpected status code: 503",
        "Failed to fetch issues from Sentry: 429",
        "Sentry API returned 429",
        "Too many requests for payments API, backing off for 3 s",
        'https://o1.ingest.sentry.io:443 "POST /api/17/envelope/ HTTP/1.1" 200 0',
        "Retrying (Retry(total=2)) after connection broken by 'ProtocolError': /api/17/orders/",
        "API rate-limited via semaphore",
        "Failed to send mail to sentry@example.com",
    ],
    State.DEGRADED: [
        "cache flush timed out, dropped 3 keys",
        "the audio buffer is full",
        "this binary is not instrumented",
        "uWSGI is running in multiple interpreter mode",
        "transport queue is full of passengers",
    ],
    State.WEAK: [
        "attempting to send 3 mails",
        "Rate-limited via Redis",
        "x-rate-limits header seen",
        "3 pending events in calendar",
        "Did not import user list",
    ],
    State.INITIALISED: [
        "sentry-bot initialized the channel",
        "Alert from Sentry: 3 errors in checkout",
        "Fetched 12 issues from Sentry",
        "Sentry webhook received",
        "Sentry alert rule muted by admin",
        "Failed to send Slack alert for Sentry issue 12",
        "failed to log in to Sentry",
        "Order for customer Sentry Inc. failed",
        "User sentry enabled two-factor",
        "database initialized",
        "opened https://sentry.io/welcome/initialized",
        "at io.sentry.Sentry.init(Sentry.java:1)",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("state", "line"), [(s, line) for s, lines in TELLING.items() for line in lines])
def test_a_real_wording_tells_its_state(state: State, line: str) -> None:
    sign = find_sign(line)
    assert sign is not None
    assert sign.state is state


@pytest.mark.parametrize("line", [line for lines in NEAR_MISSES.values() for line in lines])
def test_a_near_miss_tells_nothing(line: str) -> None:
    assert find_sign(line) is None


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_tried_from_both_sides(state: State) -> None:
    assert len(TELLING[state]) >= 5
    assert len(NEAR_MISSES[state]) >= 5


def test_every_row_of_the_table_is_found_by_some_wording() -> None:
    found = {find_sign(line) for lines in TELLING.values() for line in lines}
    assert [s for s in SIGNS if s not in found] == []


@pytest.mark.parametrize("line", [line for lines in TELLING.values() for line in lines])
def test_the_cheap_look_misses_no_wording(line: str) -> None:
    assert re.search(HINT, line)


@pytest.mark.parametrize(("state", "line"), [(s, line) for s, lines in TELLING.items() for line in lines])
def test_clusters_and_verdicts_judge_by_the_same_table(state: State, line: str) -> None:
    blind = state in (*BLIND_STARTS, State.DROPPING, State.DEGRADED)
    assert (judge_kind(line, {"INFO": 1}) is Kind.OBSERVABILITY) is blind


def test_a_dsn_line_names_its_project() -> None:
    assert find_project_id("Sentry DSN: https://[url_password]@o12.ingest.sentry.io/4507") == "4507"
    assert find_project_id("see https://example.com/4507") == ""
