"""A simulated Microsoft cloud: sign-in and Graph v1.0 for Entra's directory objects. It knows nothing of its users.

1. `directory` keeps the truth of a tenant; `cloud` holds tenants, consent, tokens, faults and counters.
2. `generator` fills tenants that look like real ones, deterministically and at any size.
3. `identity` is the login host, `graph` is Microsoft Graph, `control` what only a simulator has.
4. `server` and `main` put them on loopback with a certificate authority of their own.
"""
