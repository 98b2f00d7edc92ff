"""A server made with FastMCP, for the gateway's tests. Its port is the first argument."""

import base64
import sys

from fastmcp import Context, FastMCP
from fastmcp.utilities.types import Image

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

server = FastMCP("fastmcp")


@server.tool(annotations={"readOnlyHint": True})
def add(a: int, b: int) -> int:
    """Adds two numbers."""
    return a + b


@server.tool
async def slow(ctx: Context) -> str:
    """Reports while it works."""
    await ctx.report_progress(1, 2)
    return "done"


@server.tool
def fails() -> str:
    """Fails."""
    raise ValueError("not so")


@server.tool
def picture() -> Image:
    """Draws."""
    return Image(data=base64.b64decode(PIXEL), format="png")


@server.resource("docs://guide")
def guide() -> str:
    """A guide."""
    return "# Guide"


@server.resource("docs://pages/{name}")
def page(name: str) -> str:
    """A page."""
    return f"# {name}"


server.run(transport="http", host="127.0.0.1", port=int(sys.argv[1]), show_banner=False)
