"""What the entries' engines raise, in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC

import duckdb
from deltalake.exceptions import DeltaError

from lib.errors import StoreError


@contextmanager
def told(tried: str, hint: str) -> Iterator[None]:
    """Turn what the engines raise into our error; their own words can hold paths and traces of theirs."""
    try:
        yield
    except (DeltaError, duckdb.Error, OSError) as e:
        full = isinstance(e, OSError) and e.errno == ENOSPC
        raise StoreError(f"{tried}{': the disk is full' if full else ''}.", hint=hint, permanent=False) from e


READING = (
    "The stored entries cannot be read",
    "A file of the folder `entries` is damaged or missing: `python -m lib doctor --repair` keeps all that can be read.",
)
WRITING = (
    "The entries could not be stored",
    "Check the home folder's free space and rights; what was stored before is not touched.",
)
TIDYING = (
    "The upkeep of the entries did not come to its end",
    "Check the home folder's free space and rights, and do it again: nothing is lost.",
)
