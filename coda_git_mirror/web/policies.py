"""What a browser is told that it may do with an answer (browse.md, browse)."""

from __future__ import annotations

from collections.abc import Mapping

_EVERYWHERE = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-DNS-Prefetch-Control": "off",
}

OURS: Mapping[str, str] = {
    **_EVERYWHERE,
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "frame-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
}
"""For our own pages, and for everything else that is no file of the mirror."""

FILES: Mapping[str, str] = {
    **_EVERYWHERE,
    "Content-Security-Policy": "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; media-src 'self'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""For the mirror's files: a stricter resource policy would blank the pictures of a page in its sandbox."""
