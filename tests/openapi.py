"""Holds requests against the slices of Sentry's and GitHub's own OpenAPI descriptions that lie in the shared folder."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.servers import Seen


class Contract:
    """A server's own description of its API; host: as it names itself there."""

    def __init__(self, file: Path, host: str) -> None:
        from openapi_core import Config, OpenAPI

        self.host = host
        self.described: dict[str, Any] = json.loads(file.read_text())
        self.openapi = OpenAPI.from_dict(self.described, config=Config(spec_validator_cls=None))

    def hold(self, seen: Seen) -> str:
        """Return the operation that a request calls. Errors: AssertionError when it is not described so."""
        request = _Request(seen, self.host)
        found = self.openapi.unmarshal_request(request)
        assert not found.errors, (seen.target, found.errors)
        template, operation = self._find(seen.path, seen.method.lower())
        described = [self._resolve(p) for p in operation.get("parameters", [])]
        known = {p["name"] for p in described if p["in"] == "query"}
        assert set(seen.params) <= known, (template, set(seen.params) - known)
        return str(operation["operationId"])

    def _resolve(self, parameter: dict[str, Any]) -> dict[str, Any]:
        name = parameter.get("$ref", "").rpartition("/")[2]
        return dict(self.described["components"]["parameters"][name]) if name else parameter

    def _find(self, path: str, method: str) -> tuple[str, dict[str, Any]]:
        parts = path.split("/")
        for template, operations in self.described["paths"].items():
            names = template.split("/")
            fits = len(names) == len(parts) and all(n.startswith("{") or n == p for n, p in zip(names, parts, strict=True))
            if fits and method in operations:
                return template, operations[method]
        raise AssertionError(f"the contract has no {method} {path}")


class _Request:
    """A request as openapi-core reads it, on the host that the contract names."""

    content_type = "application/json"

    def __init__(self, seen: Seen, host: str) -> None:
        from openapi_core.datatypes import RequestParameters

        self.host_url, self.body = host, seen.body or None
        self.path = urlsplit(seen.target).path
        self.method = seen.method.lower()
        pairs = [(name, value) for name, values in seen.params.items() for value in values]
        self.parameters = RequestParameters(query=ImmutableMultiDict(pairs), header=Headers(list(seen.headers.items())))


@pytest.fixture(scope="session")
def contract(shared: Path) -> Contract:
    """Sentry's contract; without it the test is skipped."""
    return _load(shared, "sentry-openapi-slice.json", "https://us.sentry.io")


@pytest.fixture(scope="session")
def github_contract(shared: Path) -> Contract:
    """GitHub's contract; without it the test is skipped."""
    return _load(shared, "github-openapi-slice.json", "https://api.github.com")


def _load(shared: Path, name: str, host: str) -> Contract:
    file = shared / "data" / "contracts" / name
    if not file.is_file():
        pytest.skip(f"the shared folder holds no {name}")
    return Contract(file, host)
