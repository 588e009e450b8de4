"""What a backup is: records in segments, segments in manifests, and the keys that open them. Formats: `docs/formats/`.

Writing a page of records:
1. `create_tenant_keys` (first backup) or `open_tenant_keys`; `build_segment` cuts the lines into frames, compresses,
   encrypts, decrypts again and compares.
2. `store_segment` makes it durable; what is stored under its name already is checked and adopted. Its places and
   its entry go into the catalogue.
3. When all is read: `seal_types`, then `store_manifest`: signed, and chained to the manifest before.

Reading: `RecordReader` by place (one ranged read) or a segment whole; `read_manifest` checks signature and form.

Promised: whatever was changed, swapped, cut or moved to another tenant, snapshot or name raises `Unreadable`, which
names blob and tenant; every single bit counts. Not promised: that deleted bytes are noticed before somebody reads or
verifies them, or secrecy from whoever has the keys folder.
"""
