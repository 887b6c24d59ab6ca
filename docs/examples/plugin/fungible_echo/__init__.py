"""A template of plug-ins for Fungible: a provider and a judge."""
