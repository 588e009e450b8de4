"""How the archive's bytes come about."""
