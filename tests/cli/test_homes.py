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
