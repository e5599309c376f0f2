"""The dashboard: `streamlit run dashboard.py`. It asks who is there, sets the page up, says where else to go, and hands over.

The server imports this file for `app`, which is this same file as a script, behind our headers and rules.
"""

from pathlib import Path

import streamlit as st

if __name__ != "__main__":
    from lib.ui import wrapper

    app = st.App(__file__, middleware=wrapper.layers())
else:
    from lib.ui import door, frame

    door.enter()
    pages = frame.pages()
    page = st.navigation(pages, position="hidden")  # our own links take the window and the services along
    icon = str(Path(__file__).parent / "lib/ui/icon.png")
    st.set_page_config(page_title=f"{page.title} · Blindspot", page_icon=icon, layout="wide")
    frame.head(pages)
    page.run()
    frame.drawn()
