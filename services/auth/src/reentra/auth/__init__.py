"""Tenants' credentials and consent, Graph tokens, people, sessions and API tokens.

How a tenant is connected, by either road:
1. Somebody proves who they are: an own app registration by its credential, or an administrator by signing in.
2. A token for the tenant is fetched and `/organization` is read with it: the id that answers must be the tenant's.
3. The credential is stored encrypted, then the tenant's document with its announcement: one write, so that a tenant
   is connected entirely or not at all.

How somebody gets access (`operations/membership`): an administrator invites them, their link sets the password, once.

And what happens by itself (`operations/watch`): consent is tried once an hour, certificates that end are announced.

Guarantees: secrets lie encrypted in the store, passwords and tokens as hashes; none is ever logged or shown again.
Whoever is disabled, reset or removed is out with the next request; the last administrator cannot be.
A consent callback is believed only for the tenant whose administrator signed in just before (GRAPH.md 2.1).
"""
