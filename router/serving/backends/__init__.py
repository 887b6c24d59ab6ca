"""What backends say of themselves, and what follows from it."""
