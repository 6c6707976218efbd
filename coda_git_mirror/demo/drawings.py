"""Small valid files made in code, to stand for the pictures and papers of a workspace."""

from __future__ import annotations

import struct
import zlib

Colour = tuple[int, int, int]


def striped_png(colours: tuple[Colour, ...], width: int = 96, stripe: int = 12) -> bytes:
    """A PNG of horizontal stripes, one for each colour."""
    line = [b"\0" + bytes(colour) * width for colour in colours]
    pixels = b"".join(row * stripe for row in line)
    header = struct.pack(">IIBBBBB", width, stripe * len(colours), 8, 2, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(pixels, 9)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def one_page_pdf(text: str) -> bytes:
    """A PDF of one page with one line of plain ASCII text."""
    line = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("ascii")
    stream = b"BT /F1 18 Tf 72 720 Td (" + line + b") Tj ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 %s >> >> >>"
        % font,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
    )
    return _pdf(objects)


def _pdf(objects: tuple[bytes, ...]) -> bytes:
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    entries = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, entries)
    return body + table + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (count, len(body))
