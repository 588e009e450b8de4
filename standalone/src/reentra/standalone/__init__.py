"""The `reentra` command: all services in one process, and the client verbs."""
