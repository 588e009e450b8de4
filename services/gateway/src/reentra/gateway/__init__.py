"""The one door: REST API, live status, downloads."""
