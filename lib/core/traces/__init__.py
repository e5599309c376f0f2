"""Stack traces: read, taken to their root, and put together when their lines are entries of their own."""
