"""How a report looks on its page, on a screen and on paper."""

import streamlit as st

from lib.core.report.webpage import Colours
from lib.ui import theme


def apply() -> None:
    """Put the report's CSS on the page."""
    st.html(f"<style>{CSS}</style>")


def colours(kind: str) -> Colours:
    """Return the chart's colours in a theme."""
    p = theme.DARK if kind == "dark" else theme.LIGHT
    return Colours(p.text, p.muted, p.grid, p.warning, p.stripe, p.failure, p.unseen, p.deploy)


CSS = """
h1.bs-title-long { white-space: normal; line-height: 1.3 }
.st-key-report section { max-width: 82rem }
.st-key-report h2 { font-size: 1.15rem; font-weight: 650; margin: 1rem 0 .2rem; padding: 0;
  border-bottom: 1px solid var(--bs-line) }
.st-key-report h3 { font-size: 1rem; margin: .8rem 0 .1rem; padding: 0 }
.st-key-report ul { margin: .1rem 0 .4rem; padding-left: 1.2rem } .st-key-report li { margin: .1rem 0; padding: 0 }
.st-key-report :is(h2, h3, p, li, td.code) { overflow-wrap: anywhere } .st-key-report td { overflow-wrap: break-word }
.st-key-report .bs-wide { overflow-x: auto; margin: .4rem 0 }
.bs-answer { font-size: 1.02rem }
.st-key-report table { border-collapse: collapse; font-size: .84rem; width: 100% }
.st-key-report :is(th, td) { text-align: left; vertical-align: top; padding: .2rem .5rem; border: 0;
  border-bottom: 1px solid var(--bs-line); min-width: 3.2rem }
.st-key-report th { color: var(--bs-muted); font-weight: 600 }
.st-key-report .number { text-align: right; font-variant-numeric: tabular-nums }
.st-key-report td.time { white-space: nowrap }
.st-key-report :is(td.code, pre) { font-family: ui-monospace, Consolas, monospace; font-size: .8rem }
.st-key-report pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 .8rem; padding: .5rem .7rem;
  max-height: 22rem; overflow-y: auto; color: inherit; border-radius: 4px;
  background: color-mix(in srgb, currentColor 6%, transparent) }
@page { size: A4; margin: 14mm 12mm }
@media print {
  [data-testid=stHeader], .st-key-nav, .st-key-report_tools, .st-key-report_notes, .st-key-bar > :not(:has(h1)),
  [data-testid=stExpander], [data-testid=stToolbar] { display: none !important }
  [data-testid=stApp], [data-testid=stAppViewContainer], [data-testid=stMain], body, html, #root, #root > div {
    position: static !important; overflow: visible !important; height: auto !important; display: block !important }
  [data-testid=stMainBlockContainer] { padding: 0 !important }
  .st-key-report .bs-wide, .st-key-report pre { max-height: none; overflow: visible }
  .st-key-report table { font-size: 7pt } .st-key-report :is(th, td) { padding: .1rem .25rem; min-width: 1.4rem }
  .st-key-report td.time { white-space: normal } .st-key-report td.code { font-size: 6.5pt }
  .st-key-report pre { font-size: 7.5pt }
  .st-key-report thead { display: table-header-group }
  h1, h2, h3 { break-after: avoid } tr, li, img { break-inside: avoid }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact }
}
"""
