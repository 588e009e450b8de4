"""The whole road, as a user walks it."""
