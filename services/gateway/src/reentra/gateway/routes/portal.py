"""The portal's files, for every address that no route of the API has.

The page carries a nonce that is new with every answer: Fluent UI makes its style elements in the browser, and only
those that know the nonce count (docs/decisions/0013). Scripts come from this origin only, as files; their names carry
a hash of their content, so browsers keep them for ever.
"""

import mimetypes
from pathlib import Path
from secrets import token_urlsafe

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

NONCE_PLACEHOLDER = "reentra-style-nonce"
_OWN_PREFIXES = ("/api/", "/connect/")
_FOREVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html><html lang="en"><title>Reentra</title>
<h1>The portal is not built</h1>
<p>Run <code>make portal</code> and reload this page. The API and the command line work without it.</p></html>"""


class PortalFiles:
    """What the application's router falls back to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise HTTPException(404)
        await self._answer(Request(scope))(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        path = request.url.path
        if request.method not in ("GET", "HEAD") or path.startswith(_OWN_PREFIXES):
            raise HTTPException(404)
        if path.startswith("/assets/") or "." in path.rsplit("/", 1)[-1]:
            return self._file(request, path)
        if path != "/" and "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(404)
        return self._page()

    def _page(self) -> Response:
        try:
            text = (self._folder / "index.html").read_text("utf-8")
        except FileNotFoundError:
            return HTMLResponse(_NOT_BUILT, 503)
        nonce = token_urlsafe(18)
        page = HTMLResponse(text.replace(NONCE_PLACEHOLDER, nonce))
        page.headers["Content-Security-Policy"] = _policy(nonce)
        return page

    def _file(self, request: Request, path: str) -> Response:
        try:
            file = (self._folder / path.lstrip("/")).resolve()
            known = file.is_relative_to(self._folder) and file.is_file()
        except (OSError, ValueError):  # too long, or with a null byte: no name of a file
            known = False
        if not known or file.name == "index.html":
            raise HTTPException(404)
        headers = {"Vary": "Accept-Encoding"}
        if path.startswith("/assets/"):
            headers["Cache-Control"] = _FOREVER
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        packed = file.with_name(file.name + ".gz")
        if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
            return FileResponse(packed, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
        return FileResponse(file, media_type=media_type, headers=headers)


def _policy(nonce: str) -> str:
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
