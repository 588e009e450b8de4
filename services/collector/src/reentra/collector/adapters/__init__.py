"""How the outside speaks: the archive in the object store."""
