"""The partner that vanishes at noon: a backend that is killed while a server's requests are in flight."""
