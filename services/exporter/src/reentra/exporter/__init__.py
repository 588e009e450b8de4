"""Streams backed-up objects into ZIP archives."""
