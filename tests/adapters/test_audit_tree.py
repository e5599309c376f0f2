"""Whole checkouts: eleven files, includes, Dockerfiles, and everything that can be wrong with a disk."""
# ruff: noqa: E501 a file on one line stands beside what must be said of it

import json
import os
from pathlib import Path

import pytest

from lib.adapters.requirements import audit
from lib.cli.audit import of_audit
from lib.core.declared.model import Audit, Declared
from lib.errors import BadQuery

SECRET = "s3cr" + "etPassw0rd"
TOKEN = "ghp_" + "A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q7r8"


def write(root: Path, path: str, content: str | bytes) -> None:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())


def look(root: Path, files: dict[str, str | bytes]) -> Audit:
    for path, content in files.items():
        write(root, path, content)
    return audit([root])


def row(found: Audit, name: str) -> Declared:
    return min((f for f in found.files if f.path.endswith("/" + name)), key=lambda f: len(f.path))


ELEVEN: dict[str, str | bytes] = {
    "requirements.txt": "-r requirements/base.txt\nfastapi==0.115.0\n",
    "requirements/base.txt": "pydantic>=2\nredis\n",
    "requirements/prod.txt": "-r base.txt\ngunicorn==22.0\n",
    "requirements/test.txt": "-r base.txt\npytest\n",
    "requirements-dev.txt": "ruff>=0.4\n",
    "auth_service/requirements.txt": "fastapi>=0.100\n",
    "frontend/requirements.txt": "flask\n",
    "shared/requirements.txt": "# sentry-sdk is to come\nhttpx\n",
    "scripts/requirements.txt": "click==8\n",
    "analytics/requirements.txt": "pandas\n",
    "constraints.txt": "sentry-sdk==2.1.0\n",
    "scripts/check_deps.py": 'CRITICAL = ["fastapi", "sentry-sdk", "redis"]\n',
    "README.md": "pip install sentry-sdk\n",
}


def test_a_script_a_comment_and_a_constraint_are_no_dependency(tmp_path: Path) -> None:
    found = look(tmp_path, ELEVEN)
    assert found.verdict == "missing"
    assert found.sentence.startswith("Nothing here declares a Sentry SDK: 11 files read.")
    assert (row(found, "constraints.txt").declares, row(found, "constraints.txt").scope) == (False, "constraint")
    assert found.hint.startswith("Add sentry-sdk[fastapi] to ")


def test_an_include_declares_for_those_that_include_it(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        ELEVEN
        | {"requirements/base.txt": "sentry-sdk[fastapi]\n", "requirements/prod.txt": "-r base.txt\n-c ../constraints.txt\n"},
    )
    prod = row(found, "requirements/prod.txt")
    assert (prod.declares, prod.requirement, prod.extras, prod.version) == (True, "sentry-sdk[fastapi]", ("fastapi",), "2.1.0")
    assert [Path(p).name for p in prod.via] == ["base.txt"]
    assert found.verdict == "unverified"
    assert not row(found, "auth_service/requirements.txt").declares


@pytest.mark.parametrize(("text", "error"), [
    ("-r requirements.txt\n", "includes itself"),
    ("-r other.txt\n", "includes itself"),
    ("-r nowhere.txt\n", "is not there"),
    ("-r ../outside.txt\n", "outside"),
    ("-r https://u:" + SECRET + "@h.example/x.txt\n", "address"),
    ("red is\nsentry-sdk ==== x\n", "lines 1, 2 cannot be read"),
    ("\0\0", "NUL"),
    (b"\xff\xfea", "UTF-8"),
    (b"\x80abc", "UTF-8"),
])  # fmt: skip
def test_what_cannot_be_read_is_not_known_and_costs_itself_alone(text: str | bytes, error: str, tmp_path: Path) -> None:
    write(tmp_path, "outside.txt", "sentry-sdk\n")
    found = look(
        tmp_path / "t", {"requirements.txt": text, "other.txt": "-r requirements.txt\n", "app/requirements.txt": "flask\n"}
    )
    assert error in row(found, "t/requirements.txt").error
    assert found.verdict == "unknown"
    assert row(found, "app/requirements.txt").error == ""
    assert SECRET not in json.dumps(of_audit(found))


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffsentry-sdk==2.1\r\nflask\r\n",
        "sentry-sdk==2.1\n".encode("utf-16"),
        "sentry_sdk == 2.1 \\\n --hash=sha256:ab\n",
    ],
)
def test_marks_and_line_ends_are_no_obstacle(text: str | bytes, tmp_path: Path) -> None:
    found = look(tmp_path, {"requirements.txt": text})
    assert found.files[0].version == "2.1"


def test_installed_packages_are_left_out_and_said_so(tmp_path: Path) -> None:
    found = look(tmp_path, {
        "node_modules/a/package.json": '{"dependencies": {"@sentry/node": "8"}}', ".venv/x/requirements.txt": "sentry-sdk",
        "odd/pyvenv.cfg": "", "odd/requirements.txt": "sentry-sdk", "package.json": "{}",
    })  # fmt: skip
    assert len(found.files) == 1
    assert found.left_out == {"node_modules": 1, ".venv": 1, "odd": 1}


def test_links_that_go_in_a_circle_or_outside_are_told(tmp_path: Path) -> None:
    write(tmp_path, "secret.txt", "sentry-sdk")
    root = tmp_path / "t"
    root.mkdir()
    os.symlink(root, root / "again")
    os.symlink(root / "requirements.txt", root / "requirements.txt")
    os.symlink(tmp_path / "secret.txt", root / "requirements-a.txt")
    os.mkfifo(root / "setup.py")
    found = audit([root])
    assert [bool(f.error) for f in found.files] == [True, True, True]
    assert found.verdict == "unknown"
    assert found.left_out == {"links to folders": 1}


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BadQuery, match="cannot be looked into"):
        audit([tmp_path / "nowhere"])
    write(tmp_path, "notes.md", "x")
    with pytest.raises(BadQuery, match="no dependency file"):
        audit([tmp_path / "notes.md"])


def test_nothing_found_is_not_known(tmp_path: Path) -> None:
    assert audit([tmp_path]).verdict == "unknown"


def test_one_file_follows_its_includes(tmp_path: Path) -> None:
    look(tmp_path, {"requirements.txt": "-r base.txt\n", "base.txt": "sentry-sdk"})
    assert [f.declares for f in audit([tmp_path / "requirements.txt"]).files] == [True]


def test_thousands_of_files_are_read(tmp_path: Path) -> None:
    found = look(tmp_path, {f"s{n}/requirements.txt": "flask\n" for n in range(2000)})
    assert len(found.files) == 2000


DOCKER = {
    "same folder": ("Dockerfile", "FROM python\nWORKDIR /app\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n", True),
    "renamed": ("Dockerfile", "FROM python\nCOPY requirements.txt /tmp/r.txt\nRUN pip install -r /tmp/r.txt && rm /tmp/r.txt\n", True),
    "whole context": ("Dockerfile", "FROM python\nWORKDIR /app\nCOPY . .\nRUN python -m pip install \\\n # why\n -r requirements.txt\n", True),
    "build stage": ("Dockerfile", "FROM python AS b\nCOPY requirements.txt /r/\nRUN pip install -r /r/requirements.txt\nFROM python\nCOPY --from=b /venv /venv\n", True),
    "bound": ("Dockerfile", "FROM python\nWORKDIR /a\nRUN --mount=type=bind,source=requirements.txt,target=requirements.txt pip install -r requirements.txt\n", True),
    "here-document": ("Dockerfile", "FROM python\nCOPY requirements.txt /\nRUN <<EOF\nset -e\npip install -r /requirements.txt\nEOF\n", True),
    "argument with a value": ("Dockerfile", "FROM python\nARG F=requirements.txt\nCOPY $F /\nRUN pip install -r /${F}\n", True),
    "list form": ("Dockerfile", 'FROM python\nCOPY ["requirements.txt", "/"]\nRUN ["pip", "install", "-r", "/requirements.txt"]\n', True),
    "deeper, from the root": ("docker/api.Dockerfile", "FROM python\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\n", True),
    "by name": ("Dockerfile", "FROM python\nRUN pip install 'sentry-sdk[flask]==2.1'\n", True),
    "test stage alone": ("Dockerfile", "FROM python AS test\nCOPY requirements.txt /\nRUN pip install -r /requirements.txt\nFROM python\nCOPY other/requirements.txt /\nRUN pip install -r /requirements.txt\n", False),
    "another file": ("Dockerfile", "FROM python\nCOPY other/requirements.txt /\nRUN pip install -r /requirements.txt\n", False),
    "argument without a value": ("Dockerfile", "FROM python\nARG F\nCOPY $F /\nRUN pip install -r /$F\n", None),
    "no copy": ("Dockerfile", "FROM python\nRUN pip install -r /requirements.txt\n", None),
    "not there": ("Dockerfile", "FROM python\nCOPY gone.txt /\nRUN pip install -r /gone.txt\n", None),
    "nothing": ("Dockerfile", "FROM python\nRUN echo pip install -r requirements.txt\n", None),
    "empty": ("Dockerfile", "", None),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCKER)
def test_an_image_installs_what_its_last_stage_installs(name: str, tmp_path: Path) -> None:
    path, text, holds = DOCKER[name]
    found = look(tmp_path, {path: text, "requirements.txt": "sentry-sdk==2.1\n", "other/requirements.txt": "flask\n"})
    assert found.images[0].declares is holds
    assert found.verdict == ("missing" if holds is False else "unverified")
    if holds and name != "by name":
        assert [Path(p).name for p in row(found, "requirements.txt").installed_by] == [Path(path).name]
    if holds is None:
        assert found.images[0].unknown


NODE_IMAGE = "FROM node\nWORKDIR /a\nCOPY package*.json ./\nRUN npm ci --omit=dev\n"


@pytest.mark.parametrize(("docker", "files", "holds"), [
    (NODE_IMAGE, {"package.json": '{"dependencies": {"@sentry/node": "^8"}}', "package-lock.json": '{"packages": {}}'}, True),
    (NODE_IMAGE, {"package.json": '{"dependencies": {"express": "4"}}'}, False),
    ("FROM python\nWORKDIR /a\nCOPY pyproject.toml uv.lock ./\nRUN uv sync --frozen --no-dev\n",
     {"pyproject.toml": '[project]\ndependencies = ["sentry-sdk"]'}, True),
    ("FROM python\nWORKDIR /a\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --only main\n",
     {"pyproject.toml": "[tool.poetry.group.watch.dependencies]\nsentry-sdk = '*'"}, None),
    ("FROM python\nWORKDIR /a\nCOPY pyproject.toml poetry.lock ./\nRUN poetry install --with watch\n",
     {"pyproject.toml": "[tool.poetry.group.watch.dependencies]\nsentry-sdk = '*'"}, True),
    ("FROM golang\nCOPY go.mod /s/\nRUN cd /s && go mod download\n", {"go.mod": "module a\nrequire github.com/getsentry/sentry-go v0.30.0\n"}, True),
])  # fmt: skip
def test_other_tools_read_their_own_files(docker: str, files: dict[str, str | bytes], holds: bool | None, tmp_path: Path) -> None:
    found = look(tmp_path, files | {"Dockerfile": docker})
    assert found.images[0].declares is holds


def test_no_planted_secret_is_in_the_answer(tmp_path: Path) -> None:
    index = f"https://bot:{SECRET}@index.example/simple"
    found = look(tmp_path, {
        "requirements.txt": f"--extra-index-url {index}\n-e git+https://{TOKEN}@github.com/getsentry/sentry-python.git@2.1#egg=sentry-sdk\n",
        "a/requirements.txt": f"sentry-sdk @ https://bot:{SECRET}@h.example/sentry_sdk-2.1-py3-none-any.whl?sig={SECRET}\n",
        "b/pyproject.toml": f"[tool.poetry.dependencies]\nsentry-sdk = {{git = 'https://bot:{SECRET}@h.example/s.git'}}\n",
        "package.json": '{"dependencies": {"@sentry/node": "git+https://bot:' + SECRET + '@h.example/s.git"}}',
        "c/requirements.txt": f"-r https://bot:{SECRET}@h.example/r.txt\n",
        "Dockerfile": f"FROM python\nRUN pip install -i {index} 'sentry-sdk @ https://bot:{SECRET}@h.example/s.whl' -r {TOKEN}.txt\n",
    })  # fmt: skip
    said = json.dumps(of_audit(found))
    assert sum(f.declares for f in found.files) == 4
    assert SECRET not in said
    assert TOKEN not in said


@pytest.mark.parametrize(
    "text", ["FROM a\n" * 20_000, "FROM a\nENV A=aaaaaaaaaa\n" + "ENV A=$A$A\n" * 40, "FROM a\nRUN " + "x;" * 100_000]
)
def test_a_hostile_dockerfile_ends_and_is_not_known(text: str, tmp_path: Path) -> None:
    found = look(tmp_path, {"Dockerfile": text, "requirements.txt": "flask\n"})
    assert found.images[0].declares is None
    assert found.images[0].unknown
