"""Which rules, guards and budgets anything has come to: the tests of the file, and the requests of a log."""
