"""The restorer: brings objects back as they were in a snapshot, and proves it.

Trigger: a job of kind `restore_plan` or `restore_apply`; messages only wake the worker pool.

1. Plan: the selection is read from the snapshot, the tenant as it is now; the difference becomes ordered steps, each
   with its reason and what was there before. Nothing is written. The plan is stored with the hash of its steps.
2. Apply: the steps of a plan go out through a ledger: intent, request, outcome. Recycle bin first, then objects in the
   order of their references, links, grants, roles, Conditional Access (never switched on). Ids that change are put
   into everything that refers to them, and remembered for later restores. A tenant's restores write one at a time.
3. Read back: the touched objects are planned again; what would still change is told as a difference.
4. Undo: the ledger of a restore becomes a plan of opposites, against the tenant as it is now; applied like any other.

Guarantees: a create whose answer was lost is looked for, never repeated blindly; a crash at any moment continues
without doubles; one failed step never stops others; nothing is deleted but what a restore made or took out of the
recycle bin, by its undo, and that goes into the bin.
"""
