"""Commands about the page of a server."""
