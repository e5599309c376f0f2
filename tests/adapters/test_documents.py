"""A JSON document into a file."""

import json
import os
from pathlib import Path

import pytest

from lib.adapters.documents import check_place, write_document
from lib.errors import SettingsError


def test_a_document_is_written_whole(tmp_path: Path) -> None:
    write_document(tmp_path / "a.json", {"é": [1, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"é": [1, None]}
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_what_a_link_leads_to_is_replaced_not_the_link(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    write_document(tmp_path / "link.json", {"new": True})
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text()) == {"new": True}


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.json").write_text("old")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(SettingsError, match="No space left"):
        write_document(tmp_path / "a.json", {})
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("a.json", "old")]


@pytest.mark.parametrize("place", [".", "no/such/folder/a.json", "/dev/null"])
def test_a_place_that_cannot_be_written_is_told(tmp_path: Path, place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        check_place(tmp_path / place)
    assert caught.value.hint


def test_a_new_file_and_an_old_one_are_fine_places(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("")
    check_place(tmp_path / "old.json")
    check_place(tmp_path / "new.json")
