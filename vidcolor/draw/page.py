"""HTML pages that refer to nothing outside themselves."""

import base64
import html
from collections.abc import Iterable, Mapping, Sequence

# No page of ours loads anything, whatever a file's name or tags may hold.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 1200px; margin: 2em auto; padding: 0 1em; }
h1 { overflow-wrap: anywhere; }
img { max-width: 100%; vertical-align: middle; }
td img { max-width: none; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { padding: 0.2em 0.6em; text-align: right; border-bottom: 1px solid #ccc; }
td:first-child, th:first-child { text-align: left; }
.columns ul { columns: 16em; margin: 0; }
"""


def page(title: str, sections: Iterable[str]) -> str:
    """Return the whole page. title: plain text. sections: HTML."""
    name = html.escape(title)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f"<title>{name}</title><style>{_STYLE}</style></head>"
        f"<body><h1>{name}</h1>\n{''.join(sections)}</body></html>\n"
    )


def section(title: str, content: str) -> str:
    """Return `content`, HTML, under a heading of plain text."""
    return f"<h2>{html.escape(title)}</h2>\n{content}\n"


def paragraph(text: str) -> str:
    """Return plain text as a paragraph."""
    return f"<p>{html.escape(text)}</p>\n"


def columns(values: Mapping[str, object]) -> str:
    """Return a list of names and their values in columns."""
    lines = bullets(f"{name}: {value}" for name, value in values.items())
    return f'<div class="columns">{lines}</div>'


def bullets(lines: Iterable[str]) -> str:
    """Return lines of plain text as a list, a bullet each."""
    return f"<ul>{''.join(f'<li>{html.escape(line)}</li>' for line in lines)}</ul>\n"


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table: a heading of plain text over rows of cells that are HTML."""
    head = "".join(f"<th>{html.escape(name)}</th>" for name in heading)
    body = (f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>\n" for row in rows)
    return f"<table><tr>{head}</tr>\n{''.join(body)}</table>\n"


def picture(content: bytes, kind: str = "png") -> str:
    """Return an image whose file is part of the page. kind: as in its media type, image/KIND."""
    return f'<img alt="" src="data:image/{kind};base64,{base64.b64encode(content).decode()}">'
