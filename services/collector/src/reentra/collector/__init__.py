"""The collector: reads one tenant's directory from Microsoft Graph and seals it as a snapshot.

Trigger: `scheduler.backup-requested.v1` wakes the worker pool; a worker claims a job of kind `backup`.

1. Ask Graph who the tenant is; another tenant's answer ends the job before anything of it is written. Then the short
   sweeps of all types in one `$batch`.
2. Per object type, a few at a time: by delta query where Graph has one (from the delta link of the last good
   snapshot, or from the beginning), else the whole list compared by hash. Relationships that delta does not report
   are swept with `$expand`, or read per object in batches.
3. Each page, small ones joined to 2,000 rows: records -> one segment (encrypted, read back) -> rows in the
   catalogue -> the job's checkpoint. A crash at any point repeats at most that (twenty pages of delta, two seconds
   of waiting for them); every step is harmless the second time.
4. Seal: manifest (signed, chained to the previous one) -> one flip of the snapshot to sealed.

Guarantees: a type that could not be read makes the snapshot partial, with its reason, also when the app is let in no
longer in the middle; a type that shrank by half makes it suspicious; a delta link is kept only for what is stored;
unchanged objects write nothing.
It does not promise a point in time: pages are read over minutes, and start and end are recorded per type.
"""
