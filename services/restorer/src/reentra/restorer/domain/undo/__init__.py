"""Undoing a restore: what its ledger says was done, and the tenant as it is now, become an ordinary plan. Pure.

1. `deeds`: the steps that happened, or may have, in present ids, each with what was there before.
2. Each gets its opposite, but only where the tenant still shows what the restore wrote. What shows the state from
   before needs nothing, so a second plan is empty; what shows a third state was changed since and is left alone.
3. What the restore made, or took out of the recycle bin, goes to the bin, last of all and never for good. What Graph
   cannot take back is a blocker with its reason.

An undo has a ledger of its own, of the same steps and a few more, so it can be undone the same way.
"""
