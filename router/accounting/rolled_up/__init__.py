"""Books from sums: requests of one class are added up once, and booked as one whenever a report is asked for."""
