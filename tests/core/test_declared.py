"""Every format from three sides: it declares the SDK, it does not, it is broken."""
# ruff: noqa: E501 a file on one line stands beside what must be said of it

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.core.declared.formats import FORMATS, find_format, is_dockerfile
from lib.core.declared.masking import mask_requirement
from lib.core.declared.model import BadManifest, Dependency, Reading
from lib.core.declared.sdks import find_frameworks, is_sdk, suggest


def read(path: str, text: str) -> Reading:
    form = find_format(path)
    assert form is not None, path
    return form.parse(text)


def sdks(reading: Reading) -> list[tuple[str, tuple[str, ...], str, str]]:
    return [(d.name, d.extras, d.version, d.scope) for d in reading.dependencies if is_sdk(d)]


PY = "sentry-sdk"
DECLARES = [
    ("requirements.txt", "Sentry_SDK[Flask,fastapi]==2.1 ; python_version > '3'", (PY, ("fastapi", "flask"), "2.1", "main")),
    ("requirements.txt", "sentry-sdk>=2 # why", (PY, (), "", "main")),
    ("requirements.txt", "sentry-sdk==2.1 \\\n  --hash=sha256:aa \\\n  --hash=sha256:bb\n", (PY, (), "2.1", "main")),
    ("requirements.txt", "-e git+https://h.example/x.git@v1#egg=sentry-sdk[flask]", (PY, ("flask",), "", "main")),
    ("requirements.txt", "git+https://github.com/getsentry/sentry-python.git@2.1", (PY, (), "", "main")),
    ("requirements.txt", "./wheels/sentry_sdk-2.1.0-py3-none-any.whl", (PY, (), "2.1.0", "main")),
    ("requirements.txt", "sentry-sdk @ https://h.example/s.whl", (PY, (), "", "main")),
    ("requirements/prod.in", "sentry-sdk", (PY, (), "", "main")),
    ("prod-requirements.txt", "raven==6", ("raven", (), "6", "main")),
    ("constraints.txt", "sentry-sdk==2.1", (PY, (), "2.1", "constraint")),
    ("pyproject.toml", "[project]\ndependencies = ['sentry-sdk[django]~=2.0']", (PY, ("django",), "", "main")),
    ("pyproject.toml", "[project.optional-dependencies]\nwatch = ['sentry-sdk==2.1']", (PY, (), "2.1", "extra watch")),
    ("pyproject.toml", "[dependency-groups]\na = ['sentry-sdk']", (PY, (), "", "group a")),
    ("pyproject.toml", "[tool.poetry.dependencies]\npython = '^3.11'\nsentry-sdk = {version = '^2.1', extras = ['fastapi']}", (PY, ("fastapi",), "", "main")),
    ("pyproject.toml", "[tool.poetry.dependencies]\nsentry-sdk = [{version = '2.1', python = '<3.9'}]", (PY, (), "", "main")),
    ("pyproject.toml", "[tool.poetry.dependencies]\nsentry-sdk = {version = '==2.1', optional = true}\n[tool.poetry.extras]\nwatch = ['sentry-sdk']", (PY, (), "2.1", "extra watch")),
    ("pyproject.toml", "[tool.poetry.group.ops.dependencies]\nsentry-sdk = '*'", (PY, (), "", "group ops")),
    ("pyproject.toml", "[tool.uv]\ndev-dependencies = ['sentry-sdk']", (PY, (), "", "group dev")),
    ("pyproject.toml", "[build-system]\nrequires = ['sentry-sdk']", (PY, (), "", "build")),
    ("Pipfile", "[packages]\nsentry-sdk = {extras = ['flask'], version = '==2.1'}", (PY, ("flask",), "2.1", "main")),
    ("Pipfile", "[dev-packages]\nsentry-sdk = '*'", (PY, (), "", "dev")),
    ("Pipfile.lock", '{"_meta": {}, "default": {"sentry-sdk": {"version": "==2.1", "hashes": []}}}', (PY, (), "2.1", "lock")),
    ("setup.cfg", "[options]\ninstall_requires =\n    flask\n    sentry-sdk[flask]==2.1\n", (PY, ("flask",), "2.1", "main")),
    ("setup.cfg", "[options.extras_require]\nwatch = sentry-sdk\n", (PY, (), "", "extra watch")),
    ("setup.py", "from setuptools import setup\nBASE = ['sentry-sdk==2.1']\nsetup(install_requires=BASE + ['flask'])", (PY, (), "2.1", "main")),
    ("setup.py", "import setuptools\nsetuptools.setup(extras_require={'watch': ('sentry-sdk',)})", (PY, (), "", "extra watch")),
    ("poetry.lock", '[[package]]\nname = "sentry-sdk"\nversion = "2.1"\n', (PY, (), "2.1", "lock")),
    ("poetry.lock", '[[package]]\nname = "sentry-sdk"\nversion = "2.1"\ngroups = ["dev"]\n', (PY, (), "2.1", "group dev")),
    ("uv.lock", '[[package]]\nname = "app"\nsource = {virtual = "."}\ndependencies = [{name = "sentry-sdk", extra = ["fastapi"]}]\n[[package]]\nname = "sentry-sdk"\nversion = "2.1"\n', (PY, ("fastapi",), "2.1", "lock")),
    ("pdm.lock", '[[package]]\nname = "sentry-sdk"\nversion = "2.1"\nextras = ["flask"]\n', (PY, ("flask",), "2.1", "lock")),
    ("pylock.prod.toml", '[[packages]]\nname = "sentry-sdk"\nversion = "2.1"\n', (PY, (), "2.1", "lock")),
    ("package.json", '{"dependencies": {"@sentry/node": "8.1.0"}}', ("@sentry/node", (), "8.1.0", "main")),
    ("package.json", '{"devDependencies": {"@sentry/nextjs": "^8"}}', ("@sentry/nextjs", (), "", "dev")),
    ("package-lock.json", '{"packages": {"": {}, "node_modules/@sentry/node": {"version": "8.1.0"}}}', ("@sentry/node", (), "8.1.0", "lock")),
    ("package-lock.json", '{"dependencies": {"@sentry/node": {"version": "8.1.0", "dev": true}}}', ("@sentry/node", (), "8.1.0", "dev")),
    ("yarn.lock", '"@sentry/node@^8.0.0", "@sentry/node@^8.1.0":\n  version "8.1.0"\n  resolved "x"\n', ("@sentry/node", (), "8.1.0", "lock")),
    ("yarn.lock", '"@sentry/node@npm:^8.0.0":\n  version: 8.1.0\n', ("@sentry/node", (), "8.1.0", "lock")),
    ("pnpm-lock.yaml", "packages:\n\n  '@sentry/node@8.1.0':\n    resolution: {integrity: x}\n", ("@sentry/node", (), "8.1.0", "lock")),
    ("pnpm-lock.yaml", "packages:\n\n  /@sentry/node/7.1.0:\n    resolution: {}\n", ("@sentry/node", (), "7.1.0", "lock")),
    ("bun.lock", '{\n "packages": {\n    "@sentry/node": ["@sentry/node@8.1.0", ""],\n', ("@sentry/node", (), "8.1.0", "lock")),
    ("go.mod", "module a\n\nrequire (\n\tgithub.com/getsentry/sentry-go v0.30.0\n)\n", ("github.com/getsentry/sentry-go", (), "v0.30.0", "main")),
    ("go.mod", "require github.com/getsentry/sentry-go v0.30.0 // indirect", ("github.com/getsentry/sentry-go", (), "v0.30.0", "indirect")),
    ("pom.xml", '<project xmlns="http://maven.apache.org/POM/4.0.0"><properties><s>7.1</s></properties><dependencies><dependency><groupId>io.sentry</groupId><artifactId>sentry-logback</artifactId><version>${s}</version></dependency></dependencies></project>', ("io.sentry:sentry-logback", (), "7.1", "main")),
    ("pom.xml", "<project><dependencyManagement><dependencies><dependency><groupId>io.sentry</groupId><artifactId>sentry</artifactId></dependency></dependencies></dependencyManagement></project>", ("io.sentry:sentry", (), "", "constraint")),
    ("build.gradle", "dependencies {\n  implementation 'io.sentry:sentry-spring-boot:7.1'\n}", ("io.sentry:sentry-spring-boot", (), "7.1", "main")),
    ("build.gradle", "compile group: 'io.sentry', name: 'sentry', version: '7.1'", ("io.sentry:sentry", (), "7.1", "main")),
    ("app/build.gradle.kts", 'testImplementation("io.sentry:sentry:7.1")', ("io.sentry:sentry", (), "7.1", "test")),
    ("build.gradle.kts", 'plugins { id("io.sentry.jvm.gradle") version "4.1" }', ("io.sentry.jvm.gradle", (), "4.1", "main")),
    ("gradle/libs.versions.toml", '[versions]\ns = "7.1"\n[libraries]\nsentry-core = {module = "io.sentry:sentry", version.ref = "s"}', ("io.sentry:sentry", (), "7.1", "constraint")),
    ("Gemfile", "gem 'sentry-ruby', '5.1'\n", ("sentry-ruby", (), "5.1", "main")),
    ("Gemfile", "group :development, :test do\n  gem 'sentry-rails'\nend\ngem 'rails'", ("sentry-rails", (), "", "group development,test")),
    ("Gemfile.lock", "GEM\n  specs:\n    sentry-ruby (5.1.0)\n      bigdecimal\n", ("sentry-ruby", (), "5.1.0", "lock")),
    ("composer.json", '{"require": {"sentry/sentry-laravel": "^4"}}', ("sentry/sentry-laravel", (), "", "main")),
    ("composer.lock", '{"packages": [{"name": "sentry/sentry", "version": "4.1.0"}]}', ("sentry/sentry", (), "4.1.0", "lock")),
    ("src/App.csproj", '<Project><ItemGroup><PackageReference Include="Sentry.AspNetCore" Version="4.1.0" /></ItemGroup></Project>', ("sentry.aspnetcore", (), "4.1.0", "main")),
    ("Directory.Packages.props", '<Project><ItemGroup><PackageVersion Include="Sentry" Version="4.1.0" /></ItemGroup></Project>', ("sentry", (), "4.1.0", "constraint")),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text", "expected"), DECLARES)
def test_a_file_declares_the_sdk(path: str, text: str, expected: tuple[str, tuple[str, ...], str, str]) -> None:
    assert sdks(read(path, text)) == [expected]


DOES_NOT = [
    ("requirements.txt", "# sentry-sdk\nsentry-sdk-helper\nmy-sentry-sdk\nsentry-protos\n--extra-index-url https://h.example/sentry-sdk\n"),
    ("pyproject.toml", "[project]\nname = 'sentry-sdk'\nkeywords = ['sentry-sdk']\n[tool.x]\nlist = ['sentry-sdk']"),
    ("Pipfile", "[scripts]\nsentry-sdk = 'x'"),
    ("Pipfile.lock", '{"_meta": {"sentry-sdk": 1}, "default": {}}'),
    ("setup.cfg", "[metadata]\nkeywords = sentry-sdk\n[options]\ninstall_requires = flask"),
    ("setup.py", "NEEDED = ['sentry-sdk']\nprint('sentry-sdk')\nfrom setuptools import setup\nsetup(install_requires=['flask'], keywords=NEEDED)"),
    ("poetry.lock", '[[package]]\nname = "flask"\nversion = "1"\n[package.extras]\nx = ["sentry-sdk"]'),
    ("uv.lock", '[[package]]\nname = "sentry-sdk"\nversion = "2"\nsource = {editable = "."}\n'),
    ("pdm.lock", "[metadata]\nstrategy = ['sentry-sdk']"),
    ("pylock.toml", "[[packages]]\nname = 'flask'\n[tool.x]\nname = 'sentry-sdk'"),
    ("package.json", '{"scripts": {"@sentry/node": "x"}, "keywords": ["@sentry/node"], "devDependencies": {"@sentry/cli": "2", "@sentry/webpack-plugin": "2", "@sentry/types": "8"}}'),
    ("package-lock.json", '{"packages": {"node_modules/@sentry/core": {"version": "8"}}}'),
    ("yarn.lock", '"@sentry/cli@^2":\n  version "2.1.0"\n  dependencies:\n    "@sentry/node" "8"\n'),
    ("pnpm-lock.yaml", "packages:\n\n  '@sentry/cli@2.1.0':\n    dependencies:\n      '@sentry/node': 8.1.0\n"),
    ("bun.lock", '"@sentry/cli": ["@sentry/cli@2.1.0", {"dependencies": {"@sentry/node": "8"}}]'),
    ("go.mod", "// require github.com/getsentry/sentry-go v1.0.0\nreplace github.com/getsentry/sentry-go v1.0.0 => ./x\nexclude (\n\tgithub.com/getsentry/sentry-go v1.0.0\n)"),
    ("pom.xml", "<project><!-- <dependency><groupId>io.sentry</groupId></dependency> --><build><plugins><plugin><groupId>io.sentry</groupId><artifactId>sentry-maven-plugin</artifactId></plugin></plugins></build></project>"),
    ("build.gradle", "// implementation 'io.sentry:sentry:7'\n/* implementation 'io.sentry:sentry:7' */\ndef names = ['io.sentry:sentry:7']\nimplementation 'io.sentry:sentry-bom:7'"),
    ("libs.versions.toml", '[versions]\nsentry = "7"\n'),
    ("Gemfile", "# gem 'sentry-ruby'\ngem 'sentry-raven-helper'\nNAMES = ['sentry-ruby']"),
    ("Gemfile.lock", "    other (1)\n      sentry-ruby (~> 5.0)\n"),
    ("composer.json", '{"description": "sentry/sentry", "require": {"php": "8"}}'),
    ("composer.lock", '{"packages": [], "aliases": ["sentry/sentry"]}'),
    ("App.csproj", '<Project><!-- <PackageReference Include="Sentry" /> --><Compile Include="Sentry" /></Project>'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), DOES_NOT)
def test_a_name_elsewhere_is_no_dependency(path: str, text: str) -> None:
    assert [s for s in sdks(read(path, text)) if s[3] != "constraint"] == []


BROKEN = [
    ("pyproject.toml", "[project"), ("pyproject.toml", "[project]\ndependencies = 'sentry-sdk'"), ("pyproject.toml", "project = 1"),
    ("Pipfile", "packages = []"), ("Pipfile.lock", "[]"), ("setup.cfg", "no section"), ("setup.py", "def ("), ("setup.py", "(" * 5000),
    ("poetry.lock", "package = 1"), ("uv.lock", "\x01"), ("package.json", '{"dependencies": []}'), ("package.json", "[" * 100_000),
    ("package-lock.json", "{"), ("pom.xml", "<a"), ("pom.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), ("libs.versions.toml", "="),
    ("composer.json", "null"), ("composer.lock", '{"packages": 1}'), ("App.csproj", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "text"), BROKEN)
def test_a_broken_file_is_one_error_in_our_words(path: str, text: str) -> None:
    with pytest.raises(BadManifest):
        read(path, text)


@pytest.mark.parametrize(("path", "text"), [
    ("setup.py", "from setuptools import setup\nsetup(install_requires=open('r.txt').read().split())"),
    ("setup.py", "from setuptools import setup\nsetup(**made())"),
    ("setup.py", "from setuptools import setup\nA = ['flask']\nA.append(x)\nsetup(install_requires=A)"),
    ("setup.py", "from setuptools import setup\nA = A2\nA2 = A\nsetup(install_requires=A)"),
    ("pyproject.toml", "[project]\ndynamic = ['dependencies']"),
    ("pyproject.toml", "[project]\ndependencies = ['not a requirement !', 3]"),
    ("pyproject.toml", "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]"),
    ("pyproject.toml", "[dependency-groups]\na = [{include-group = 'gone'}]"),
    ("requirements.txt", "{{ template }}\nflask"),
])  # fmt: skip
def test_what_is_computed_or_broken_in_part_is_told(path: str, text: str) -> None:
    assert read(path, text).errors


def test_an_included_group_declares_for_both() -> None:
    text = "[dependency-groups]\nbase = ['sentry-sdk']\ndev = [{include-group = 'Base'}, 'pytest']"
    assert [s[3] for s in sdks(read("pyproject.toml", text))] == ["group base", "group dev"]


def test_dynamic_dependencies_of_setuptools_are_an_include() -> None:
    reading = read(
        "pyproject.toml", "[project]\ndynamic = ['dependencies']\n[tool.setuptools.dynamic]\ndependencies = {file = ['r.txt']}"
    )
    assert [i.path for i in reading.includes] == ["r.txt"]
    assert not reading.errors


def test_every_format_is_tried_from_each_side() -> None:
    names = {form.name for form in FORMATS} - {"constraints"}
    for table in (DECLARES, DOES_NOT):
        assert {form.name for path, *_ in table if (form := find_format(path))} >= names


@pytest.mark.parametrize(
    "path", ["notes.txt", "my_requirements.py", "package.json.bak", "docs/requirements.md", "xpom.xml", "requirements"]
)
def test_other_names_are_no_dependency_files(path: str) -> None:
    assert find_format(path) is None


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("Dockerfile", True),
        ("a/Dockerfile.prod", True),
        ("api.dockerfile", True),
        ("Containerfile", True),
        ("Dockerfile.dockerignore", False),
        ("dockerfile.md", False),
        ("mydockerfile", False),
    ],
)
def test_the_names_of_dockerfiles(path: str, is_one: bool) -> None:
    assert is_dockerfile(path) is is_one


def declared(ecosystem: str, *names: str) -> list[Dependency]:
    return [Dependency(ecosystem, name, name) for name in names]


@pytest.mark.parametrize(("ecosystem", "names", "package"), [
    ("python", ("starlette", "fastapi", "celery"), "sentry-sdk[fastapi,celery]"), ("python", ("httpx",), "sentry-sdk"),
    ("node", ("react", "next"), "@sentry/nextjs"), ("node", ("express",), "@sentry/node"), ("node", ("left-pad",), "@sentry/node"),
    ("ruby", ("rails",), "sentry-rails"), ("php", ("laravel/framework",), "sentry/sentry-laravel"), ("unknown", (), ""),
])  # fmt: skip
def test_the_frameworks_decide_what_is_to_be_added(ecosystem: str, names: tuple[str, ...], package: str) -> None:
    assert suggest(ecosystem, find_frameworks(declared(ecosystem, *names))) == package


# ---- masking

WORD = st.text("abcdefghijklmnopqrstuvwxyzABCDEFXYZ0123456789-_.~!$+,=%", min_size=8, max_size=40).filter(
    lambda t: t.strip("-_.~!$+,=%")
)
PASSWORD = st.text("abcdefghABCDEF0123456789/@:?#&=+!*'%", min_size=8, max_size=30).filter(lambda t: len(set(t)) > 4)


@given(
    user=WORD, password=WORD, revision=st.sampled_from(["", "@v1.2"]), tail=st.sampled_from(["", "#egg=sentry-sdk", "?a=b#egg=x"])
)
def test_who_signs_in_is_never_shown(user: str, password: str, revision: str, tail: str) -> None:
    for who in (f"{user}:{password}", user + "x9"):
        shown = mask_requirement(f"sentry-sdk @ git+https://{who}@h.example/o/s.git{revision}{tail}")
        assert password not in shown.replace("url_password", "") or who == user + "x9"
        assert user + "x9" not in shown


@given(password=PASSWORD)
def test_a_password_with_the_signs_of_addresses_is_never_shown(password: str) -> None:
    shown = mask_requirement(f"-e git+https://bot:{password}@h.example/o/s.git#egg=sentry-sdk")
    assert password not in shown


@given(text=st.text(max_size=200))
def test_masking_takes_any_text_and_masking_twice_is_masking_once(text: str) -> None:
    once = mask_requirement(text)
    assert mask_requirement(once) == once
    assert "\n" not in once


@pytest.mark.parametrize("text", [
    "sentry-sdk @ git+ssh://git@github.com/getsentry/sentry-python.git@2.1", "-e git+https://github.com/getsentry/sentry-python.git@2.1#egg=sentry-sdk",
    "sentry-sdk[fastapi]==2.1 ; python_version > \"3\"", "@sentry/node@^8.0.0", "sentry-sdk @ https://h.example:8443/s.whl#sha256=" + "ab" * 32,
])  # fmt: skip
def test_what_is_no_secret_is_shown_as_it_is(text: str) -> None:
    assert mask_requirement(text) == text


@given(path=st.sampled_from([path for path, _ in DOES_NOT]), text=st.text(max_size=300))
def test_no_text_breaks_a_parser(path: str, text: str) -> None:
    with suppress(BadManifest):
        read(path, text)


@pytest.mark.parametrize("text", ["a[" * 100_000, "a" + " " * 200_000 + "b", "a \\\n" * 20_000, "(" * 100_000])
def test_a_line_without_an_end_costs_itself_alone(text: str) -> None:
    reading = read("requirements.txt", text + "\nsentry-sdk==2.1\n")
    assert sdks(reading) == [(PY, (), "2.1", "main")]
    assert reading.errors


@pytest.mark.parametrize("text", ["a." * 20_000 + "b = 1", "a = " + "[" * 100_000])
def test_toml_made_to_take_long_is_refused(text: str) -> None:
    with pytest.raises(BadManifest):
        read("pyproject.toml", text)
