"""Where the content of a file goes to, and where it is shown."""

from aiohttp.web import FileField, Response, StreamResponse

from sandbox.routing import HttpError, Router, Visit


def add_routes(router: Router) -> None:
    router.route("POST", "/upload/{ticket}")(post_upload)
    router.route("GET", "/files/{file}/content")(get_file)


async def post_upload(visit: Visit) -> StreamResponse:
    """The content as the body, or as the one file of a form."""
    file = visit.state.files.awaited(visit.path["ticket"])
    if file is None or file.content is not None:
        raise HttpError(404, "this upload address is unknown or used")
    content = await _content(visit)
    if len(content) != file.length:
        raise HttpError(400, f"{file.length} bytes were announced, {len(content)} came")
    file.content = content
    return Response(text=f"OK - {len(content)}")


async def _content(visit: Visit) -> bytes:
    if not visit.request.content_type.startswith("multipart/"):
        return await visit.request.read()
    for field in (await visit.request.post()).values():
        if isinstance(field, FileField):
            return bytes(field.file.read())
    return b""


async def get_file(visit: Visit) -> StreamResponse:
    """Never as a page of the sandbox's own, whatever is in it."""
    file = visit.state.files.find(visit.path["file"])
    if file is None or file.content is None:
        raise HttpError(404, "no such file")
    headers = {
        "Content-Disposition": "attachment",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=file.content, content_type=file.mimetype, headers=headers)
