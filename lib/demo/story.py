"""The recorded incident as a table: who deployed what, what failed when, and what Sentry could know of it.

Tidewell, an invented company, runs parcel lockers. Times are offsets "hours:minutes" from START;
the recording ends at RECORDED_END.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

RECORDED_END = datetime(2025, 10, 8, 11, 0, tzinfo=UTC)
HOURS = 30
START = RECORDED_END - timedelta(hours=HOURS)

PROJECT, REGION, ORGANIZATION = "tidewell-demo", "europe-north1", "tidewell"
BACKEND, LOCKERS, PLANNER = "parcels-backend-staging", "lockers-api", "route-planner"
PERSON, ROBOT = "ines.aalto@tidewell.example", "deploy-bot@iam.tidewell.example"

Window = tuple[str, str]


@dataclass(frozen=True)
class Service:
    """One service: its entries a minute at midday, how long its containers live, and how it names its environment."""

    name: str
    lines_per_min: float
    requests_per_min: float
    errors_per_hour: float
    slots: int
    life_min: tuple[int, int]
    labels: tuple[tuple[str, str], ...]


SERVICES = (
    Service(BACKEND, 6.4, 4.5, 4.0, 2, (45, 110), (("commit-sha", "4be19c7"),)),
    Service(LOCKERS, 4.6, 5.0, 1.6, 2, (160, 320), (("commit-sha", "a07d3f2"), ("environment", "production"))),
    Service(PLANNER, 0.22, 0.08, 0.0, 1, (900, 1000), (("commit-sha", "19c5e08"), ("environment", "production"))),
)


PLANNED_REQUESTS = {
    BACKEND: ("/v1/parcels/{parcel}", "/v1/parcels/{parcel}", "/v1/parcels/{parcel}/scans", "/v1/quotes", "/healthz"),
    LOCKERS: ("/v2/lockers/{locker}", "/v2/lockers/{locker}/doors", "/v2/codes/{parcel}", "/healthz"),
    PLANNER: ("/v1/tours", "/healthz"),
}


@dataclass(frozen=True)
class Revision:
    """One version of a service. sentry: "missing", "misconfigured" or "initialised"; start None: served before the recording."""

    service: str
    name: str
    start: str | None
    end: str
    sentry: str


REVISIONS = (
    Revision(BACKEND, f"{BACKEND}-00041-kqz", None, "6:20", "missing"),
    Revision(BACKEND, f"{BACKEND}-00042-vtd", "6:20", "9:30", "missing"),
    Revision(BACKEND, f"{BACKEND}-00043-hzw", "9:30", "14:15", "misconfigured"),
    Revision(BACKEND, f"{BACKEND}-00045-rml", "14:15", "26:30", "initialised"),
    Revision(BACKEND, f"{BACKEND}-00046-bxc", "26:30", "30:00", "initialised"),
    Revision(LOCKERS, f"{LOCKERS}-00118-wpd", None, "4:30", "initialised"),
    Revision(LOCKERS, f"{LOCKERS}-00119-jnf", "4:30", "30:00", "initialised"),
    Revision(PLANNER, f"{PLANNER}-00007-gsx", None, "30:00", "initialised"),
)


@dataclass(frozen=True)
class Deploy:
    """One deploy, or with traffic=True only a change of traffic. api: "v1" one audit entry, "v2" the two of a long operation."""

    at: str
    service: str
    revision: str
    who: str
    api: str
    why: str
    ready: bool = True
    traffic: bool = False


DEPLOYS = (
    Deploy("4:30", LOCKERS, f"{LOCKERS}-00119-jnf", ROBOT, "v2", "weekly release"),
    Deploy("6:20", BACKEND, f"{BACKEND}-00042-vtd", PERSON, "v1", "larger database pool: the timeouts end"),
    Deploy(
        "9:30", BACKEND, f"{BACKEND}-00043-hzw", ROBOT, "v1", "adds sentry-sdk[fastapi]: the warning goes, initialisation fails"
    ),
    Deploy("13:05", BACKEND, f"{BACKEND}-00044-pdt", PERSON, "v1", "hurried fix: never becomes ready", ready=False),
    Deploy("13:20", BACKEND, f"{BACKEND}-00043-hzw", PERSON, "v1", "traffic pinned to 00043", traffic=True),
    Deploy("14:15", BACKEND, f"{BACKEND}-00045-rml", PERSON, "v2", "fixes the migration and the constructor: Sentry initialises"),
    Deploy("26:30", BACKEND, f"{BACKEND}-00046-bxc", ROBOT, "v1", "calmer retries towards the label service"),
)


@dataclass(frozen=True)
class Phase:
    """A stretch in which one thing fails. crashes: containers that exit while starting, with exit code `exit_code`."""

    name: str
    service: str
    start: str
    end: str
    failure: str
    per_min: float
    crashes: int = 0
    exit_code: int = 3


PHASES = (
    Phase("database times out", BACKEND, "2:40", "4:05", "pool", 2.6, crashes=17),
    Phase("database times out again", BACKEND, "4:35", "5:10", "pool", 2.2, crashes=7),
    Phase("a migration broke a column", BACKEND, "11:40", "14:15", "column", 1.6),
    Phase("hurried deploy cannot start", BACKEND, "13:05", "13:08", "settings", 0, crashes=3, exit_code=1),
    Phase("label service storm", BACKEND, "16:00", "17:10", "labels", 5.0),
    Phase("one locker size is unknown", BACKEND, "28:10", "28:35", "size", 1.1),
)

RATE_LIMITED: Window = ("16:05", "17:10")
RATE_LIMIT_LINES = ("16:06", "16:14", "16:23", "16:37", "16:52", "17:03")
ACCEPTED_SHARE = 0.94

# Entries that carry severity ERROR and no words at all.
WORDLESS = (
    ("3:02", BACKEND),
    ("3:31", BACKEND),
    ("4:51", BACKEND),
    ("12:15", BACKEND),
    ("16:44", BACKEND),
    ("20:10", LOCKERS),
    ("25:20", LOCKERS),
)


@dataclass(frozen=True)
class Planted:
    """A line that should never have been logged; {names} are made up when the recording is played."""

    at: str
    service: str
    severity: str
    text: str


PLANTED = (
    Planted("0:42", BACKEND, "DEBUG", "Connecting with postgresql://parcels:{password}@10.20.0.5:5432/parcels"),
    Planted("1:55", LOCKERS, "INFO", "Pickup code mailed to {email}"),
    Planted("3:20", BACKEND, "WARNING", "Retrying carrier call with header Authorization: Bearer {jwt}"),
    Planted("7:48", LOCKERS, "WARNING", "Login from {ip} refused for {email}"),
    Planted("9:31", BACKEND, "INFO", "Settings loaded: region=eu password={password} retries=3"),
    Planted("12:33", BACKEND, "WARNING", "Mirror upload signed with access key {aws} was refused"),
    Planted("18:05", LOCKERS, "DEBUG", "Payment terminal answers with key {stripe}"),
    Planted("24:40", LOCKERS, "INFO", "Receipt for {email} sent through {ip}"),
    Planted("28:20", BACKEND, "WARNING", "Map tiles refused for key {google}"),
)


def offset(text: str) -> timedelta:
    """Return "hours:minutes" as a timedelta."""
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))
