"""What Entra objects are: the catalogue of types as data, and pure rules about them (normalise, compare, refer)."""
