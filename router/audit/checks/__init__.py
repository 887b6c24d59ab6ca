"""What an endpoint gives away for nothing, beside the answers on which an audit bets."""
