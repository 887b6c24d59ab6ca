"""A replay for people: one page of HTML, its pictures and its figures."""
