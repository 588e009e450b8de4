"""Logs: events with fields on standard error; for people on a terminal, as JSON elsewhere."""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    to_person = sys.stderr.isatty()
    renderer: structlog.types.Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if to_person
        else structlog.processors.JSONRenderer()
    )
    processors: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    if not to_person:
        processors.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*processors, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),  # the one of then: it may have been replaced
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    # HTTP clients log whole addresses at INFO; a delta link in them is a secret of the tenant.
    for name in ("httpx", "httpcore", "msal", "urllib3", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
