"""The demonstration: simulated days and policies over the shipped workload."""
