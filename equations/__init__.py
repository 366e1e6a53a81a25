"""The model library: one circuit or model per file, mathematics only."""
