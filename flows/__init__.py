"""WHEN and in what order: HTTP, settings, the pipeline, Prefect flows, the command line."""
