"""Home folders that cannot be used are told, by every command alike."""

from pathlib import Path

import pytest

from lib.cli.run import main


@pytest.mark.parametrize("command", ["clusters", "demo", "sources"])
def test_a_home_inside_a_file_is_told_with_a_hint(command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main([command, "--home", str(tmp_path / "file" / "home")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("blindspot: The folder '")
    assert "--home" in said.err


def test_a_damaged_state_says_that_decisions_were_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "state.sqlite").write_bytes(b"no database " * 1000)
    assert main(["decisions", "--home", str(tmp_path)]) == 2
    assert "Names, mutes, frozen reports and what Sentry said were in it alone" in capsys.readouterr().err
