"""Microsoft's sign-in, Graph's organization, and encryption at rest."""
