"""Colours by role, in light and dark, and the little CSS that Streamlit's settings cannot say."""

from dataclasses import dataclass

import streamlit as st


@dataclass(frozen=True)
class Palette:
    """One colour a role. They differ in lightness too, for readers who cannot tell hues apart."""

    text: str
    muted: str
    grid: str
    failure: str
    warning: str
    other: str
    stripe: str
    unseen: str
    deploy: str


LIGHT = Palette(
    text="#0f151c",
    muted="#4a5763",
    grid="#dde3ea",
    failure="#4a6785",
    warning="#d98a00",
    other="#8796a5",
    stripe="#7d5100",
    unseen="#c4262e",
    deploy="#1762c4",
)
DARK = Palette(
    text="#e4e9ee",
    muted="#a9b5c0",
    grid="#2b3540",
    failure="#8fb0d0",
    warning="#eab65c",
    other="#74838f",
    stripe="#7d5100",
    unseen="#ff6b66",
    deploy="#6cb2ff",
)


def palette() -> Palette:
    """Return the colours for the reader's theme."""
    return DARK if kind() == "dark" else LIGHT


def kind() -> str:
    """Return "dark" or "light", as the reader has it now."""
    return st.context.theme.type or "light"


def apply() -> None:
    """Put our CSS on the page: less air on top, and the looks of our own HTML in either theme.

    light-dark() follows Streamlit's own switch at once, without a run of the page.
    """
    roles = {"text": "text", "muted": "muted", "failure": "failure", "warning": "warning", "line": "grid"}
    declared = ";".join(f"--bs-{role}:light-dark({getattr(LIGHT, name)},{getattr(DARK, name)})" for role, name in roles.items())
    st.html(f"<style>[data-testid=stApp]{{{declared}}}{CSS}</style>")


CSS = """
[data-testid="stHeader"] { height: 2.25rem; min-height: 2.25rem; background: transparent; pointer-events: none }
[data-testid="stHeader"] * { pointer-events: none }
[data-testid="stHeader"] :is(button, button *) { pointer-events: auto }
[data-testid="stMainBlockContainer"] { padding: 0.5rem 2rem 3rem }
[data-testid="stVerticalBlock"] { gap: 0.6rem }
.st-key-nav { padding-right: 5rem; border-bottom: 1px solid var(--bs-line); padding-bottom: .2rem }
.bs-brand { font-weight: 700; letter-spacing: .01em; margin: 0; white-space: nowrap }
.bs-strip { color: var(--bs-muted); font-size: .82rem; margin: 0 }
.bs-strip-bad { color: inherit; font-weight: 600; border-left: 4px solid var(--bs-failure); padding-left: .5rem }
h1.bs-title { font-size: 1.35rem; font-weight: 650; padding: 0; margin: 0; line-height: 2.5rem; white-space: nowrap }
h2.bs-part { font-size: 1.02rem; font-weight: 650; padding: 0; margin: .5rem 0 0 }
.bs-answer { font-size: 1.18rem; line-height: 1.4; margin: 0; font-weight: 500; overflow-wrap: anywhere; max-width: 75rem }
.bs-rests { color: var(--bs-muted); font-size: .86rem; margin: 0; overflow-wrap: anywhere }
.bs-told, .bs-card { border-left: 4px solid var(--bs-warning); padding: .4rem .8rem; margin: 0; overflow-wrap: anywhere;
  background: color-mix(in srgb, var(--bs-warning) 12%, transparent); border-radius: 2px }
.bs-card { border-left-color: var(--bs-failure); background: color-mix(in srgb, var(--bs-failure) 12%, transparent) }
.bs-told p, .bs-card p { margin: .1rem 0 }
.bs-list { margin: .1rem 0 0; padding-left: 1.2rem; overflow-wrap: anywhere }
.bs-list li { margin: .1rem 0; padding: 0 }
pre.bs-template { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; padding: .6rem .8rem; font-size: .88rem;
  max-height: 22rem; overflow-y: auto; color: inherit;
  background: color-mix(in srgb, currentColor 6%, transparent); border-radius: 4px }
.bs-var { border: 1px solid var(--bs-muted); border-radius: 4px; padding: 0 .3em; font-style: italic; color: var(--bs-muted) }
.bs-facts { padding: 0 !important; display: flex; flex-wrap: wrap; gap: .2rem 1.6rem; margin: 0 }
.bs-facts div { min-width: 0 }
.bs-facts dt { margin: 0 !important; padding: 0 !important; color: var(--bs-muted); font-size: .78rem; font-weight: 400 }
.bs-facts dd { margin: 0 !important; padding: 0 !important;
  font-size: .95rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums }
.st-key-back button { min-height: 1.4rem; padding: 0 }
.st-key-who button { min-height: 1.4rem; padding: 0; font-size: .82rem }
.st-key-who button, .st-key-who button:is(:hover, :focus, [aria-expanded=true]) :is(p, span) { color: var(--bs-text) !important }
.bs-service { font-weight: 600; margin: .4rem 0 0; overflow-wrap: anywhere }
.bs-problem { margin: 0; overflow-wrap: anywhere; max-width: 75rem; line-height: 1.4 }
.bs-problem strong { white-space: nowrap; margin-right: .3rem }
[class*="st-key-problem_"] { margin-top: -.5rem }
.bs-fold :is(summary, li) { font-size: .86rem }
.bs-fold summary { cursor: pointer; color: var(--bs-muted) }
.bs-ladder { display: flex; flex-wrap: wrap; gap: .4rem; margin: 0; padding: 0 !important; list-style: none }
.bs-rung { flex: 1 1 9rem; min-width: 9rem; margin: 0 !important; padding: .35rem .6rem !important; border-radius: 4px;
  border: 1px solid var(--bs-line); border-top: 4px solid var(--bs-muted); overflow-wrap: anywhere }
.bs-rung.stands { border-top-color: var(--bs-failure) }
.bs-rung.broken { border-top-color: var(--bs-warning) }
.bs-rung.unknown { border-style: dashed; border-top-width: 4px }
.bs-rung span { display: block; color: var(--bs-muted); font-size: .82rem }
.bs-sample { color: var(--bs-muted); font-size: .84rem; margin: .4rem 0 0; overflow-wrap: anywhere }
[data-testid="stButtonGroup"] > div { flex-wrap: wrap }
[data-testid="stButtonGroup"] [aria-checked="true"] p { color: var(--bs-text) }
@media (max-width: 640px) {
  [class*="st-key-chart_frequency"] .annotation { display: none }
  [data-testid="stMainBlockContainer"] { padding: 0.5rem .8rem 3rem }
  .bs-answer { font-size: 1.05rem }
  .st-key-nav { padding-right: 2.5rem; gap: .2rem }
  .st-key-nav > :has(.bs-brand) { display: none }
  h1.bs-title { line-height: 1.8rem }
  .st-key-bar, .st-key-filters { gap: .4rem }
  .st-key-bar > * { order: 2 }
  .st-key-bar > :has(h1), .st-key-bar > .st-key-bar_copy { order: 1 }
  .st-key-bar > .st-key-bar_copy { margin-left: auto }
  .st-key-bar > :has(.stMultiSelect), .st-key-filters > * {
    width: auto !important; flex: 1 1 40% !important; min-width: 0 !important }
  .st-key-bar .stMultiSelect, .st-key-filters .stElementContainer > div { width: 100% !important }
}
"""
