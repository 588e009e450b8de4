"""The `reentra` command: all services in one process, and the client verbs.

`up` opens the data folder (one process at a time), constructs every service over the embedded stores and one
in-process transport, and serves the gateway. `demo` does the same beside a simulated Microsoft cloud. `verify` and
`rebuild` work on a data folder without any of that; the client verbs speak to a gateway over HTTP.
"""
