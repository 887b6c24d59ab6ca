"""How frozen records are made."""
