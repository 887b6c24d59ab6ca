"""How soon audits see a swap, how often they ring falsely, and how others do: adversaries by methods."""
