"""Services in environments: whose an entry is that does not name its own, and which of them a query is about."""

import polars as pl

from lib.core.model import Query


def fold_environments(rows: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a service that has one named environment has no other: audit entries do not carry the label."""
    named = counts.filter(pl.col("environment") != "").select("service", "environment").unique()
    only = named.filter(pl.len().over("service") == 1).rename({"environment": "only"})
    folded = rows.join(only, on="service", how="left", maintain_order="left")
    environment = pl.when(pl.col("environment") == "").then(pl.coalesce("only", "environment")).otherwise("environment")
    return folded.with_columns(environment=environment).drop("only")


def is_asked(query: Query, service: str, environment: str) -> bool:
    """Return whether a query is about a service in an environment."""
    return (not query.services or service in query.services) and (not query.environments or environment in query.environments)
