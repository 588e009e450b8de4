"""Reads Microsoft Graph and seals snapshots."""
