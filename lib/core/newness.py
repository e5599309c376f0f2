"""What is new since the last deploy: clusters that only the newest revision of a service wrote."""

import polars as pl

WHERE = ["service", "environment"]


def find_new(clusters: pl.DataFrame, revisions: pl.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return {cluster: services in which it is new since their newest revision began}; {} for a cluster says: not new anywhere.

    Shape:  clusters holds cluster, service, environment, revision, first; revisions the same without cluster. "" is no revision.
    A cluster is left out when none of its services was seen before its newest revision: then nothing can be called new.
    """
    newest = _newest_revisions(revisions)
    beside = clusters.join(newest, on=WHERE, how="inner")
    older = (pl.col("first") < pl.col("began")) | ((pl.col("revision") != "") & (pl.col("revision") != pl.col("newest")))
    judged = beside.group_by("cluster", *WHERE).agg(new=(~older).all())
    told = judged.group_by("cluster").agg(pl.col("service").filter(pl.col("new")).unique().sort())
    return {cluster: tuple(services) for cluster, services in told.iter_rows()}


def _newest_revisions(revisions: pl.DataFrame) -> pl.DataFrame:
    """Return service, environment, newest, began (its first entry) of the services of which an older revision was seen too."""
    named = revisions.filter(pl.col("revision") != "").sort("first", "revision")
    last = named.group_by(WHERE).agg(pl.len().alias("seen"), newest=pl.col("revision").last(), began=pl.col("first").last())
    return last.filter(pl.col("seen") > 1).drop("seen")
