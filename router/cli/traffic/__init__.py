"""`fungible outcomes` and `fungible drift`: what one's own traffic says."""
