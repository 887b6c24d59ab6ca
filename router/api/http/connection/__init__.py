"""What holds for a connection before any request on it is served: framing, hosts, TLS, limits of a client."""
