"""Holds requests against the slice of Sentry's own OpenAPI description that lies in the shared folder."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import Headers, ImmutableMultiDict

from tests.servers import Seen


class Contract:
    """Sentry's description of its API."""

    def __init__(self, file: Path) -> None:
        from openapi_core import Config, OpenAPI

        self.described: dict[str, Any] = json.loads(file.read_text())
        self.openapi = OpenAPI.from_dict(self.described, config=Config(spec_validator_cls=None))

    def hold(self, seen: Seen) -> str:
        """Return the operation that a request calls. Errors: AssertionError when it is not described so."""
        request = _Request(seen)
        found = self.openapi.unmarshal_request(request)
        assert not found.errors, (seen.target, found.errors)
        template, operation = self._find(seen.path)
        known = {p["name"] for p in operation["parameters"] if p["in"] == "query"}
        assert set(seen.params) <= known, (template, set(seen.params) - known)
        return str(operation["operationId"])

    def _find(self, path: str) -> tuple[str, dict[str, Any]]:
        parts = path.split("/")
        for template, operations in self.described["paths"].items():
            names = template.split("/")
            if len(names) == len(parts) and all(n.startswith("{") or n == p for n, p in zip(names, parts, strict=True)):
                return template, operations["get"]
        raise AssertionError(f"the contract has no {path}")


class _Request:
    """A request as openapi-core reads it, on the host that the contract names."""

    host_url = "https://us.sentry.io"
    body = None
    content_type = "application/json"

    def __init__(self, seen: Seen) -> None:
        from openapi_core.datatypes import RequestParameters

        self.path = urlsplit(seen.target).path
        self.method = seen.method.lower()
        pairs = [(name, value) for name, values in seen.params.items() for value in values]
        self.parameters = RequestParameters(query=ImmutableMultiDict(pairs), header=Headers(list(seen.headers.items())))


@pytest.fixture(scope="session")
def contract(shared: Path) -> Contract:
    """The contract; without it the test is skipped."""
    file = shared / "data" / "contracts" / "sentry-openapi-slice.json"
    if not file.is_file():
        pytest.skip("the shared folder holds no contract of Sentry's")
    return Contract(file)
