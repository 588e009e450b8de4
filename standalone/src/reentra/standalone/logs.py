"""Logs: events with fields on standard error; for people on a terminal, as JSON elsewhere."""

import logging
import sys
import time

import structlog

_REPEATED_SECONDS = 30.0


class _Seldom(logging.Filter):
    """A library that reconnects says the same with every attempt; hundreds of lines a minute hide all others."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, object], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """By the text without its values. What warns of a defect carries a traceback, and always passes."""
        key, now = (record.name, record.msg), time.monotonic()
        if record.exc_info is None and now - self._said.get(key, -_REPEATED_SECONDS) < _REPEATED_SECONDS:
            return False
        self._said[key] = now
        return True


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
    libraries = logging.StreamHandler(sys.stderr)
    libraries.addFilter(_Seldom())
    logging.basicConfig(level=logging.WARNING, handlers=[libraries], format="%(levelname)s %(name)s %(message)s")
    # HTTP clients log whole addresses at INFO; a delta link in them is a secret of the tenant.
    for name in ("httpx", "httpcore", "msal", "urllib3", "aiohttp"):
        logging.getLogger(name).setLevel(logging.ERROR)
