"""Reads what a wrong answer may cost a person, apart from how hard a question is and what kind of work it asks for."""
