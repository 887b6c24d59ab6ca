"""HTTP itself: connections, bodies, authentication, errors and logs, whatever the route."""
