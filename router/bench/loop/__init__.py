"""From one's own traffic back to the router: tables of outcomes, what a policy would have scored, what to label."""
