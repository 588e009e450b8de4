"""What the exporter does, step by step."""
