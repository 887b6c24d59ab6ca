"""What a fit is validated by: groups of near-duplicates, folds of whole groups, and figures that are finite."""
