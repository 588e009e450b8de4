"""Makes tenants that look like real ones, of any size, the same for the same seed.

1. `Plan` says how many of everything.
2. `crowd` adds people, groups, devices and their links; `estate` applications, service principals and consent;
   `administration` units, roles, Conditional Access; then the organization, domains, licences and settings.
3. Everything is written while the directory is loading, so a tenant begins with an empty history.
"""

from reentra.simulator.generator.tenant import GeneratedTenant, generate_tenant

__all__ = ["GeneratedTenant", "generate_tenant"]
