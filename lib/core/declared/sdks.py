"""Two tables: what is a Sentry SDK, and which frameworks decide about it. A name is compared whole, never searched for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lib.core.declared.model import Dependency

_NODE: Final = (
    "angular angular-ivy astro aws-serverless browser bun capacitor cloudflare deno effect electron elysia ember gatsby"
    " google-cloud-serverless hono nestjs nextjs node node-core nuxt opentelemetry-node react react-native react-router remix"
    " serverless solid solidstart svelte sveltekit tanstackstart tanstackstart-react vercel-edge vue"
)


@dataclass(frozen=True)
class Ecosystem:
    """One language's packages: sdk fits the SDKs' names and no tool of Sentry's; `package` is what is to be added."""

    name: str
    sdk: re.Pattern[str]
    package: str
    proof: str


ECOSYSTEMS: Final = {
    row.name: row
    for row in (
        Ecosystem(
            "python", re.compile(r"sentry-sdk|raven"), "sentry-sdk", "python -c 'import sentry_sdk; print(sentry_sdk.VERSION)'"
        ),
        Ecosystem(
            "node",
            re.compile(rf"@sentry/(?:{'|'.join(_NODE.split())})|raven|raven-js|sentry-expo"),
            "@sentry/node",
            "npm ls --depth=0",
        ),
        Ecosystem(
            "go",
            re.compile(r"github\.com/getsentry/(?:sentry-go(?:/[\w./-]+)?|raven-go)"),
            "github.com/getsentry/sentry-go",
            "go list -m github.com/getsentry/sentry-go",
        ),
        Ecosystem(
            "java",
            re.compile(
                r"io\.sentry:sentry(?!-bom$|-.*plugin$|-opentelemetry-agentcustomization$)[\w-]*"
                r"|io\.sentry\.(?:jvm|android)\.gradle|com\.getsentry\.raven:[\w-]+"
            ),
            "io.sentry:sentry",
            "",
        ),
        Ecosystem(
            "ruby",
            re.compile(r"sentry-(?:ruby|rails|sidekiq|delayed_job|resque|raven)"),
            "sentry-ruby",
            "bundle exec ruby -e 'require \"sentry-ruby\"; puts Sentry::VERSION'",
        ),
        Ecosystem(
            "php",
            re.compile(r"sentry/(?:sentry|sentry-laravel|sentry-symfony|sdk)"),
            "sentry/sentry",
            "composer show sentry/sentry",
        ),
        Ecosystem("dotnet", re.compile(r"sentry(?!\.cli|\.testing)(?:\.[\w.]+)?"), "Sentry", "dotnet list package"),
    )
}

REPOSITORY: Final = re.compile(r"getsentry/(?:sentry|raven)-python(?:\.git)?(?:[@#?/]|$)")
"""The Python SDK by its repository, where a line gives no name."""


@dataclass(frozen=True)
class Framework:
    """A framework by its package; sdk and extra: what fits it best ("" where the plain SDK does)."""

    ecosystem: str
    package: str
    name: str
    sdk: str = ""
    extra: str = ""


def _python(names: str) -> list[Framework]:
    return [Framework("python", name, name, extra=name) for name in names.split()]


def _node(rows: str) -> list[Framework]:
    return [
        Framework("node", package, package.strip("@").removesuffix("/core"), f"@sentry/{sdk}")
        for package, sdk in (row.split("=") for row in rows.split())
    ]


FRAMEWORKS: Final = {
    (row.ecosystem, row.package): row
    for row in (
        *_python("fastapi starlette django flask quart sanic litestar aiohttp tornado falcon bottle celery rq arq huey grpcio"),
        *_node(
            "next=nextjs nuxt=nuxt @nestjs/core=nestjs @sveltejs/kit=sveltekit @remix-run/node=remix astro=astro express=node"
            " fastify=node koa=node @hapi/hapi=node react-native=react-native electron=electron react=react vue=vue"
            " @angular/core=angular svelte=svelte"
        ),
        Framework("go", "github.com/gin-gonic/gin", "gin", "github.com/getsentry/sentry-go/gin"),
        Framework("go", "github.com/labstack/echo/v4", "echo", "github.com/getsentry/sentry-go/echo"),
        Framework("go", "github.com/gofiber/fiber/v2", "fiber", "github.com/getsentry/sentry-go/fiber"),
        Framework("ruby", "rails", "rails", "sentry-rails"),
        Framework("php", "laravel/framework", "laravel", "sentry/sentry-laravel"),
        Framework("php", "symfony/framework-bundle", "symfony", "sentry/sentry-symfony"),
    )
}
"""The order decides: the first that is found names the SDK to add."""


def is_sdk(dependency: Dependency) -> bool:
    """True when a dependency is a Sentry SDK."""
    row = ECOSYSTEMS.get(dependency.ecosystem)
    return row is not None and row.sdk.fullmatch(dependency.name) is not None


def find_frameworks(dependencies: Iterable[Dependency]) -> tuple[str, ...]:
    """Return the names of the frameworks that are declared, in the table's order."""
    found = {(d.ecosystem, d.name) for d in dependencies}
    return tuple(row.name for key, row in FRAMEWORKS.items() if key in found)


def suggest(ecosystem: str, frameworks: Iterable[str]) -> str:
    """Return what is to be added for the frameworks: "sentry-sdk[fastapi]", "@sentry/nextjs"; "" for an unknown ecosystem."""
    row = ECOSYSTEMS.get(ecosystem)
    rows = [f for f in FRAMEWORKS.values() if f.ecosystem == ecosystem and f.name in set(frameworks)]
    if row is None:
        return ""
    if extras := [f.extra for f in rows if f.extra]:
        if "fastapi" in extras:
            extras = [extra for extra in extras if extra != "starlette"]  # FastAPI brings it along
        return f"{row.package}[{','.join(extras)}]"
    return next((f.sdk for f in rows if f.sdk), row.package)
