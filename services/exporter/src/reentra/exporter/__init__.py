"""The exporter: turns a snapshot, a few types or a few objects into one ZIP archive of Graph's own JSON.

Trigger: `exporter.export-requested.v1` wakes the worker pool; a worker claims a job of kind `export`.

1. Read the request: `{"snapshot": number, "object_types": [names] | null, "ids": [ids] | null}`; what is unknown, or
   selects nothing, ends the job before anything is written.
2. Stream: the catalogue's rows in batches -> records (decrypted, compared with the catalogue's hash) -> files of an
   archive -> the object store. Nothing waits in memory but one batch; progress is committed as it goes.
3. README and manifest come last: the manifest has the SHA-256 of every file, and both name what was left out because
   what is stored of it is damaged. Size and SHA-256 of all are the job's result, which is then partial.

Guarantees: the archive appears under its name whole or not at all; a record that cannot be read is never in it and
never keeps the others out, and when none can be read the job fails; the same request for the same snapshot gives the
same bytes, so a worker that takes over after a crash either stores them or recognises them.
"""
