"""How work survives: a ledger of job documents, leases, a worker pool, an outbox and a reconciler.

1. `Jobs.submit` writes the job document; the command that wakes its service lies in the document's own outbox.
2. The `Relay` publishes what lies in outboxes; the `Reconciler` wakes again for work that nobody took.
3. A handler only calls `WorkerPool.wake`. The pool claims jobs by lease, renews, and runs the service's operation.
4. The operation checkpoints through `Lease.commit` and ends with `Lease.finish`.

Promised: a job is worked on until it ends, whatever crashes; of two workers that believe they hold it, only one can
write. Not promised: that an operation runs once. It continues from its last checkpoint and must bear repetition.
"""
