"""How fast the server is: beside the smallest app, before a backend, and with several workers."""
