"""Tenants' credentials and consent, Graph tokens, people and API tokens."""
