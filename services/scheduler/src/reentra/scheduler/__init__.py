"""Fires schedules, frees expired leases, wakes workers."""
