"""Facts about tenants -> schedules. The message names the tenant; what is true stands in the tenant's document."""

from faststream.kafka import KafkaRouter

from reentra.common.clients.kafka import listen
from reentra.common.events.auth import TenantConnected, TenantDisconnected, TenantFrequencyChanged
from reentra.common.events.envelope import Event
from reentra.common.ids import TenantId
from reentra.scheduler.operations import Scheduling


def build_router(scheduling: Scheduling) -> KafkaRouter:
    router = KafkaRouter()

    @listen(router, TenantConnected, group="scheduler")
    async def tenant_connected(event: TenantConnected) -> None:
        await scheduling.greet_tenant(event)

    @listen(router, TenantFrequencyChanged, TenantDisconnected, group="scheduler", together="tenants")
    async def tenant_changed(event: Event) -> None:
        if event.tenant_id is not None:
            await scheduling.follow_tenant(TenantId(event.tenant_id))

    return router
