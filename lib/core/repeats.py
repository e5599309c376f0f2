"""Lines that say the same: entries that differ only in their ids and times need one look for all of them.

Instances that start alike, polls and heartbeats make most logs say the same again and again.
"""

from dataclasses import dataclass

import polars as pl

# What is written anew for every entry, under its own names and in its own forms: no secret has such a form, masking keeps all of
# it, and of the fields that are stored it touches only OWN. Anything else, however much it looks like an id, is part of what a
# line says.
INSTANT = r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
IDS = (
    r"\"insertId\": ?\"[0-9a-z-]{20,60}\"",
    r"\"instanceId\": ?\"[0-9a-f]{64,200}\"",
    rf"imestamp\": ?\"{INSTANT}\"",
    rf"_at\": ?\"{INSTANT}\"",
)
OWN = ("timestamp", "insert_id", "instance_id")  # the fields that lines which say the same do not share
SAMPLE = 1_000  # lines that tell whether a look for repeats pays
REPETITIVE = 0.5  # distinct texts to lines: a look costs about as much as it saves when every other line says something new
REMEMBERED = 50_000  # texts that are known; some 20 MB


@dataclass(frozen=True)
class Told:
    """What lines say: `texts`, a row each, by the hash of a line without its ids; `first` is where it stands first.

    Shape:   texts has hash and first; hashes has the hash of each line. Two texts share a 64-bit hash once in 10^13 looks.
    """

    texts: pl.DataFrame
    hashes: pl.Series


def find_told(lines: pl.Series) -> Told | None:
    """Return what the lines say, None when they hardly ever say the same twice."""
    sample = hash_texts(lines.gather_every(max(len(lines) // SAMPLE, 1)))
    if sample.n_unique() > REPETITIVE * len(sample):
        return None
    hashes = hash_texts(lines)
    firsts = pl.DataFrame({"hash": hashes}).with_row_index("first").unique("hash", keep="first", maintain_order=True)
    return Told(firsts.select("hash", "first"), hashes)


def hash_texts(lines: pl.Series) -> pl.Series:
    """Return a hash of each line without its ids and times."""
    for pattern in IDS:
        lines = lines.str.replace_all(pattern, "")
    return lines.hash(seed=0)
