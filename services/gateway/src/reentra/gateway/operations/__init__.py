"""The verbs behind the routes. Each takes what it needs; the Protocols stand at the top."""
