"""The dashboard: `streamlit run dashboard.py`. It sets the page up, says where else to go, and hands over."""

from pathlib import Path

import streamlit as st

from lib.ui import frame

pages = frame.pages()
page = st.navigation(pages, position="hidden")  # our own links take the window and the services along
icon = str(Path(__file__).parent / "lib/ui/icon.png")
st.set_page_config(page_title=f"{page.title} · Blindspot", page_icon=icon, layout="wide")
frame.head(pages)
page.run()
frame.drawn()
