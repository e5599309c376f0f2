"""The headless face: python -m lib COMMAND. The same views as the pages, for scripts, CI and the terminal."""
