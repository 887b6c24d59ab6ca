"""The routes that read what happened: receipts, sums, the shelf of models."""
