"""How the outside speaks."""
