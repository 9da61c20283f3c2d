"""WHERE it stays: the only place with SQL."""
