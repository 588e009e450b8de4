"""Where a request may go: relative paths become URLs, links from answers are checked and then left as they are.

A link is followed only to the configured Graph host and port, over the configured scheme, below `/v1.0`; the bearer
is attached after this check. A link is opaque: not one byte of it is changed. Graph writes whole ones; OData permits
relative ones (JSON format, 4.5.12), which belong to the request that they answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote, urljoin, urlsplit

from reentra.common.clients.graph.failures import UnsafeLink

_SAFE_IN_PATH = "/()'=,@:$!*~-._"
_SAFE_IN_QUERY = "$,()'/:@!*~-._"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Addresses:
    """`base` is the cloud's Graph URL with `/v1.0`."""

    base: str

    def resolve(self, path_or_link: str, params: Mapping[str, str] | None = None) -> str:
        """A whole URL. Links are checked; `params` belong to paths only."""
        if "://" in path_or_link:
            return self.checked(path_or_link)
        return self.base + relative(path_or_link, params)

    def whole(self, link: str, answered: str) -> str:
        """The link as it stands in the answer to the URL `answered`, which it belongs to if it is relative."""
        if "://" in link.partition("?")[0] or not _is_plain(link):
            return link
        return urljoin(answered, link)

    def checked(self, link: str) -> str:
        mine, theirs = urlsplit(self.base), urlsplit(link)
        try:
            same = (
                theirs.scheme == mine.scheme
                and theirs.hostname == mine.hostname
                and (theirs.port or _PORTS[mine.scheme]) == (mine.port or _PORTS[mine.scheme])
                and theirs.username is None
                and theirs.password is None
            )
        except (ValueError, KeyError):
            same = False
        climbs = "/../" in unquote(theirs.path) + "/"
        inside = theirs.path.startswith(mine.path + "/") and not climbs and not theirs.fragment
        if not (same and inside and _is_plain(link)):
            raise UnsafeLink(
                f"Graph answered with a link to {theirs.hostname or 'nowhere'}, which is not {mine.hostname}/v1.0; "
                "it was not followed.",
                host=theirs.hostname,
            )
        return link

    def below_version(self, url: str) -> str:
        """Path and query after `/v1.0`."""
        return url[len(self.base) :] if url.startswith(self.base) else url.partition("/v1.0")[2]


def _is_plain(link: str) -> bool:
    """Otherwise whoever reads it next may read something else in it."""
    return link.isascii() and link.isprintable() and not {" ", "\\"} & set(link)


def relative(path: str, params: Mapping[str, str] | None = None) -> str:
    """Path and query, escaped. A query that the path already carries is kept."""
    address, mark, query = path.partition("?")
    text = quote(address, safe=_SAFE_IN_PATH + "%") + mark + quote(query, safe=_SAFE_IN_QUERY + "%=&+")
    if not params:
        return text
    pairs = "&".join(f"{quote(k, safe='$@')}={quote(v, safe=_SAFE_IN_QUERY)}" for k, v in params.items())
    return f"{text}{'&' if mark else '?'}{pairs}"
