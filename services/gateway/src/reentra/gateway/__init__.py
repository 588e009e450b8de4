"""The one door: REST API, live status, downloads.

What happens to every request, in this order:
1. it gets an id, its body is limited, its answer gets the security headers (`routes/middleware.py`);
2. the caller is known (API token, or session with CSRF token) or refused (`operations/door.py`);
3. the route's rule says which permission it needs; a route without a rule cannot exist (`domain/permissions.py`);
4. a repeated Idempotency-Key gets the answer that was given before;
5. the handler asks one operation; privileged acts are written to the audit log, whatever came of them.

Commands become job documents; the bus only hints. Facts that services announce become numbered rows, so that live
status resumes where it was (`Last-Event-ID`), also after a restart. Trouble is told as problem details (RFC 9457).
"""
