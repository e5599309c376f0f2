"""Environments: an entry that does not name its own belongs to the only one that its service has."""

import polars as pl


def fold_environments(rows: pl.DataFrame, counts: pl.DataFrame) -> pl.DataFrame:
    """Return rows in which a service that has one named environment has no other: audit entries do not carry the label."""
    named = counts.filter(pl.col("environment") != "").select("service", "environment").unique()
    only = named.filter(pl.len().over("service") == 1).rename({"environment": "only"})
    folded = rows.join(only, on="service", how="left", maintain_order="left")
    environment = pl.when(pl.col("environment") == "").then(pl.coalesce("only", "environment")).otherwise("environment")
    return folded.with_columns(environment=environment).drop("only")
