"""What Microsoft's documents ask of a client, a file per subject."""
