"""One module a page: load(ports, query, now) returns all that the page shows, already decided."""
