"""How bytes go to a backend and come back: connections, their pool, proxies, and events in a stream."""
