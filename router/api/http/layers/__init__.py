"""What stands around every route, one concern a module; `router/api/app.py` has the order."""
