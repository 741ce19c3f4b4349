"""The record of one article as a file: for analysts, in the reader's language."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile

from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from newscentre.evidence import chain_of, export
from newscentre.site.access import needs
from newscentre.site.context import current_language
from newsdesk.models import Article, Role

#: An export of more bytes than this waits on the disk while it is sent.
IN_MEMORY = 4_000_000


@require_safe
@needs(Role.ANALYST)
def evidence(_request: HttpRequest, article_id: int) -> FileResponse:
    """Answer with an article's fetches, revisions and labels, and whether the chain holds."""
    article = get_object_or_404(Article, pk=article_id)
    made = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed with the answer
    export(chain_of(article), made, language=current_language())
    made.seek(0)
    return FileResponse(made, as_attachment=True, filename=f"article-{article.pk}.zip", content_type="application/zip")
