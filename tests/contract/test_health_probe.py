"""What every HealthProbe keeps, the fake one too."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from lib.adapters.health import UrlHealthProbe
from lib.adapters.http import Limits
from lib.core.sentry.healthdocs import HealthWord
from lib.errors import SourceUnavailable
from lib.ports import HealthProbe
from tests.fakes import MemoryHealthProbe
from tests.servers import Reply, Seen, serve

SECRET = "pla" + "nted"
DOCUMENTS = {
    "api": {"checks": {"sentry": "ok"}},
    "down": {"status": "DOWN", "components": {"sentry": {"status": "DOWN"}}},
    "gone": None,
    "mute": {"status": "UP"},
}


@contextmanager
def fake() -> Iterator[HealthProbe]:
    yield MemoryHealthProbe(DOCUMENTS)


@contextmanager
def urls() -> Iterator[HealthProbe]:
    def answer(seen: Seen) -> Reply:
        document = DOCUMENTS[seen.path.strip("/")]
        if document is None:
            return Reply(status=404, value={"token": SECRET})
        return Reply(document, status=503 if document.get("status") == "DOWN" else 200)

    with serve(answer) as served:
        yield UrlHealthProbe({name: f"{served.url}/{name}?key={SECRET}" for name in DOCUMENTS}, Limits(tries=1))


Make = Callable[[], AbstractContextManager[HealthProbe]]
IMPLEMENTATIONS: dict[str, Make] = {"fake": fake, "urls": urls}


@pytest.fixture(params=IMPLEMENTATIONS)
def make(request: pytest.FixtureRequest) -> Make:
    return IMPLEMENTATIONS[request.param]


def test_services_come_in_order(make: Make) -> None:
    with make() as probe:
        assert list(probe.services()) == ["api", "down", "gone", "mute"]


def test_a_document_says_what_it_says_of_sentry(make: Make) -> None:
    with make() as probe:
        said = {name: probe.probe(name).says for name in ("api", "down", "mute")}
    assert said == {"api": HealthWord.CONFIGURED, "down": HealthWord.FAILING, "mute": HealthWord.SILENT}


@pytest.mark.parametrize("service", ["gone", "never heard of"])
def test_a_service_that_cannot_be_asked_is_an_error_and_so_unknown(make: Make, service: str) -> None:
    with make() as probe, pytest.raises(SourceUnavailable) as caught:
        probe.probe(service)
    assert service in caught.value.message
    assert caught.value.hint
    assert SECRET not in caught.value.message + caught.value.hint
