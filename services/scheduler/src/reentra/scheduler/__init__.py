"""The scheduler: makes work happen in time, and sees to it that work once asked for is not forgotten.

Trigger: its own clock (the store's), and auth's facts about tenants.
1. Every connected tenant has one schedule: a document with the moment of its next slot.
2. A slot that is due becomes a backup job whose id is derived from tenant and slot: two schedulers, a crash between
   the two writes, or a clock that went back cannot make two jobs of it. Slots that were missed are caught up by one.
3. While a backup of the tenant is unfinished its slot passes by.
4. The relay publishes what lies in outboxes; the reconciler wakes workers again for jobs that nobody took.

Promised: facts may come twice, late, out of order or never; the tenants' documents are looked at, not the messages.
"""
