"""The recorded incident that a first run opens: an invented story, the script that plays it, and its reader."""
