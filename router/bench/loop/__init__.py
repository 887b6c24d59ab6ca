"""From one's own traffic back to the router: outcomes out of the ledger, what a policy would have scored, and drift."""
