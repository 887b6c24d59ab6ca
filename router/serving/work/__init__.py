"""How much work a request makes, and where it is done so that it holds up no other."""
