"""What budgets do beside holding."""
