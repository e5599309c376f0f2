"""The lower parts of the Sources page: what was skipped and masked, and what the store is made of."""

import streamlit as st

from lib.core.model import SourceState
from lib.core.wording import count_of, say_time
from lib.ui import parts, safe, tables, words
from lib.views.sources import SourcesView


def live(view: SourcesView) -> None:
    """Draw the sources that are read live: how they are, how fast, by what quota; what they leave out stands in the coverage."""
    if not view.live:
        return
    parts.part("Read live")
    for row in view.live:
        if row.fresh.state is SourceState.FAILING:
            parts.card(f"{row.record.name}: {row.fresh.sentence}", row.fresh.hint)
    tables.live(view.live)


def exports(view: SourcesView) -> None:
    """Draw the exports that were imported, and each import."""
    names = {row.record.name for row in view.live}
    if found := [source for source in view.sources if source.name not in names]:
        parts.part("Exports" if names else "Sources")
        tables.sources(found)
        parts.part("Imports")
        parts.note("Read = added + duplicates + skipped.")
        tables.imports(view.imports)


def upkeep(view: SourcesView) -> None:
    """Draw what is done beside reading, and when it was."""
    if view.upkeep:
        parts.part("Upkeep")
        tables.upkeep(view.upkeep)


def skipped(view: SourcesView) -> None:
    """Draw what could not be read, by reason, and the entries themselves."""
    if not view.sources:
        return
    parts.part("Skipped")
    if not view.skipped:
        parts.note("✓ Nothing was skipped: every entry that was read is stored.")
        return
    tables.counts(view.skipped, "reason", "skipped")
    kept = [reason for reason in view.skipped if any(row.reason == reason for row in view.skipped_rows)]
    if not kept:
        parts.note("None of the skipped entries was kept.")
        return
    reason = st.selectbox("Show the entries skipped because of", kept, format_func=safe.plain)
    rows = [row for row in view.skipped_rows if row.reason == reason]
    parts.note(f"{count_of(len(rows), 'entry', 'entries')} kept of {view.skipped[reason]:,}, masked; each as far as it was kept.")
    for row in rows[:SHOWN]:
        parts.note(f"{row.source}, entry {row.position:,}")
        st.code(safe.plain(row.text) or "(empty)", language=None, wrap_lines=True)
    if len(rows) > SHOWN:
        parts.note(f"The first {SHOWN} are shown.")


SHOWN = 20  # entries of one reason: enough to see the pattern


def masked(view: SourcesView) -> None:
    """Draw how often each rule masked something before it was stored."""
    if not view.sources:
        return
    parts.part("Masked before it was stored")
    if view.masked:
        tables.counts(view.masked, "rule", "masked")
    else:
        parts.note("No rule found anything to mask.")


def store(view: SourcesView) -> None:
    """Draw what the store is made of and which rules it was read with."""
    parts.part("Store and rules")
    facts = view.store
    parts.facts(
        {
            "entries": f"{facts.entries:,}",
            "files": f"{facts.files:,}",
            "size": words.size(facts.size_bytes),
            "version": str(facts.version),
            "first": say_time(facts.first) if facts.first else "none",
            "last": say_time(facts.last) if facts.last else "none",
            **{f"{name} rules": f"version {version}" for name, version in view.rules.items()},
        }
    )
