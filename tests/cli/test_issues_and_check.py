"""`issues`, `issues post` and `check` as a stranger runs them, over a GitHub on loopback."""

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from lib.cli.run import main
from tests.entries import SERVICE, entry, lines, texts
from tests.github import REPO, GitHubWorld
from tests.servers import Reply, Served, serve

TOKEN = "plan" + "ted-token"
WARNING = "Sentry SDK not available - install sentry-sdk[fastapi] to enable error tracking"
HOSTILE, TEMPLATE = "pool is empty, fixes #1 @octocat", "pool is empty, fixes <*> @octocat"
PLACE = {"file": "shop/sentry_integration.py", "line": "106", "function": "start"}
ENTRIES = [
    *(entry(n, WARNING, severity="WARNING", sourceLocation=PLACE) for n in range(12)),
    *(entry(20 + n, HOSTILE, severity="ERROR") for n in range(5)),
    *(entry(40 + n, f"order {n} stored") for n in range(20)),
]
BODY = "See sentry_integration.py. sentry-sdk is in no requirements file: sentry sdk not available, error tracking is off."


@dataclass
class Ran:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shell:
    """Runs commands over one home and one GitHub."""

    home: Path
    world: GitHubWorld
    served: Served

    def run(self, *words: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            status = main([*words, "--home", str(self.home)])
        assert TOKEN not in out.getvalue() + err.getvalue()
        return Ran(status, out.getvalue(), err.getvalue())

    def ask(self, *words: str) -> Any:
        ran = self.run(*words, "--json")
        assert ran.status in (0, 1), ran.err
        return ran.json

    def cluster(self, text: str) -> str:
        return str(self.ask("clusters", "--text", text)["clusters"][0]["id"])

    def writes(self) -> list[str]:
        return [f"{s.method} {s.path}" for s in self.served.seen if s.method != "GET"]


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    world = GitHubWorld(token=TOKEN)
    world.add_issue(1138, "Complete Sentry integration validation", BODY)
    world.add_issue(7, "Login page is slow")
    (tmp_path / "one.json").write_bytes(lines(texts(*ENTRIES)))
    with serve(world.answer) as served:
        world.base = served.url
        monkeypatch.setenv("BLINDSPOT_GITHUB_BASE_URL", served.url)
        monkeypatch.setenv("BLINDSPOT_GITHUB_REPO", REPO)
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        shell = Shell(tmp_path / "home", world, served)
        assert shell.run("import", str(tmp_path / "one.json")).status == 0
        yield shell


def test_what_went_wrong_is_matched_and_drafted_and_nothing_is_sent(shell: Shell) -> None:
    answer = shell.ask("issues")
    told = {row["template"]: (row["action"], row["number"]) for row in answer["issues"]}
    assert told == {WARNING: ("update", 1138), TEMPLATE: ("create", None)}
    assert (answer["repo"], answer["coverage"]["entries"]) == (REPO, 37)
    for row in answer["issues"]:
        assert set(row) >= {"cluster", "action", "number", "confidence", "why", "draft", "criteria"}
        assert set(row["draft"]) == {"title", "body", "labels"}
        assert len(row["draft"]["labels"]) <= 4
    assert shell.writes() == []


def test_post_shows_the_draft_and_sends_it_only_when_told_to(shell: Shell) -> None:
    cluster = shell.cluster("Sentry")
    shown = shell.run("issues", "post", "--cluster", cluster)
    assert shown.status == 0
    assert "Not sent (update: #1138 is open" in shown.out
    assert "Blindspot draft `bs-" in shown.out
    assert shell.ask("issues", "post", "--cluster", cluster)["sent"] is False
    assert shell.writes() == []
    sent = shell.ask("issues", "post", "--cluster", cluster, "--yes")
    assert (sent["sent"], sent["posted"]["done"], sent["posted"]["number"]) == (True, "commented", 1138)
    again = shell.ask("issues", "post", "--cluster", cluster, "--yes")
    assert (again["sent"], again["posted"]["done"]) == (False, "nothing")
    assert len(shell.world.comments) == 1
    assert [row["state"] for row in again["issues"][0]["ledger"]] == ["sent"]


def test_a_new_issue_is_made_once_and_then_known_as_ours(shell: Shell) -> None:
    cluster = shell.cluster("pool")
    made = shell.ask("issues", "post", "--cluster", cluster, "--yes")["posted"]
    assert made["done"] == "created"
    assert shell.ask("issues", "post", "--cluster", cluster, "--yes")["posted"]["done"] == "nothing"
    [row] = shell.ask("issues", "--cluster", cluster)["issues"]
    assert (row["action"], row["number"]) == ("update", made["number"])
    issue = shell.world.issues[made["number"]]
    assert "octocat" in issue["title"]
    assert "@" not in issue["title"]
    assert "#" not in issue["title"]
    assert len(shell.world.issues) == 3


def test_a_number_of_ones_own_is_heeded(shell: Shell) -> None:
    sent = shell.ask("issues", "post", "--cluster", shell.cluster("pool"), "--number", "7", "--yes")
    assert (sent["posted"]["done"], sent["posted"]["number"]) == ("commented", 7)


def test_a_confirmation_at_a_terminal_is_the_whole_word(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    cluster = shell.cluster("pool")
    for word, writes in (("y\n", 0), ("", 0), ("send\n", 1)):
        monkeypatch.setattr("sys.stdin", Terminal(word))
        ran = shell.run("issues", "post", "--cluster", cluster)
        assert ran.status == 0
        assert "Type send" in ran.err
        assert len(shell.writes()) == writes


def test_without_a_repository_or_a_token_drafts_are_made_and_nothing_is_asked(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "GitHub was not asked: No token for GitHub is set" in shell.run("issues").out
    assert shell.run("issues", "--repo", REPO).status == 2  # it was asked for by name
    monkeypatch.setenv("BLINDSPOT_GITHUB_BASE_URL", "nonsense")
    assert "is no http address" in shell.run("issues").out
    monkeypatch.delenv("BLINDSPOT_GITHUB_REPO")
    ran = shell.run("issues")
    assert ran.status == 0
    assert "GitHub was not asked" in ran.out
    assert {row["action"] for row in shell.ask("issues")["issues"]} == {"leave"}
    assert shell.run("issues", "post", "--cluster", "x", "--yes").status == 2
    assert shell.served.seen == []


def test_a_github_that_refuses_leaves_drafts_that_create_nothing(shell: Shell) -> None:
    shell.world.troubles["GET search"] = [Reply({"message": "no"}, 403)] * 50
    answer = shell.ask("issues")
    assert {row["action"] for row in answer["issues"]} == {"leave"}
    assert all("403" in row["why"] for row in answer["issues"])


@pytest.mark.parametrize("words", [
    ["post"], ["drop"], ["post", "--cluster", "nobody", "--yes"], ["drop", "--cluster", "nobody"], ["--repo", "x"],
    ["--limit", "0"],
    ["--repo", "a/b/../c"], ["--number", "x"], ["list", "--cluster", "\x00"],
])  # fmt: skip
def test_wrong_words_are_one_error(shell: Shell, words: list[str]) -> None:
    ran = shell.run("issues", *words)
    assert ran.status == 2
    assert ran.out == ""
    assert len(ran.err.splitlines()) <= 2
    assert shell.writes() == []


def test_criteria_are_kept_with_a_draft_and_checked_later(shell: Shell) -> None:
    assert shell.run("check").status == 0
    assert shell.run("check", "--strict").status == 1  # nothing was shown
    cluster = shell.cluster("Sentry")
    shell.run("issues")  # a list follows nothing
    assert shell.ask("check")["criteria"] == []
    shell.run("issues", "--cluster", cluster)
    ran = shell.run("check", "--json")
    assert ran.status == 1
    told = {c["kind"]: c["answer"] for c in ran.json["criteria"]}
    assert (told["text-gone"], told["initialised"], told["accepted"]) == ("fail", "fail", "fail")
    assert all(set(c) >= {"id", "title", "answer", "why", "needs"} for c in ran.json["criteria"])
    assert shell.run("issues", "drop", "--cluster", cluster).status == 0
    assert shell.ask("check")["criteria"] == []
    assert shell.run("check", "--cluster", cluster).status == 1  # as it would be drafted


def test_a_file_of_criteria_in_ci(shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "criteria.toml"
    file.write_text(f'[[criteria]]\nkind = "canary"\nservice = "{SERVICE}"\n')
    asked = ("check", "--criteria", str(file))
    assert [shell.run(*asked).status, shell.run(*asked, "--strict").status] == [0, 1]
    file.write_text(f'[[criteria]]\nkind = "text-gone"\ntext = "pool is empty"\nservice = "{SERVICE}"\n')
    ran = shell.run(*asked)
    assert ran.status == 1
    assert "\n\n✖ fail" in ran.out  # each answer under an empty line
    file.write_text("[[criteria]]\nkind = 3\n")
    bad = shell.run(*asked)
    assert (bad.status, bad.out) == (2, "")
    assert "Criterion 1 of" in bad.err
    assert shell.run("check", "--criteria", str(file), "--cluster", "x").status == 2


def test_doctor_tries_the_repository(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def state() -> tuple[str, str]:
        return next((c["state"], c["message"]) for c in shell.ask("doctor")["checks"] if c["name"] == "GitHub")

    assert state()[0] == "ok"
    shell.world.troubles["GET /issues"] = [Reply({"message": "Not Found"}, 404)]
    assert state()[0] == "failing"
    monkeypatch.delenv("GITHUB_TOKEN")
    assert "token" in state()[1]


def test_an_empty_home_has_nothing_to_draft_and_nothing_to_check(tmp_path: Path, shell: Shell) -> None:
    empty = Shell(tmp_path / "empty", shell.world, shell.served)
    assert empty.ask("issues")["issues"] == []
    assert empty.run("issues", "post", "--cluster", "x", "--yes").status == 2
    assert empty.run("check", "--cluster", "x").status == 2
