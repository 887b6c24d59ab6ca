"""Limits in Valkey or Redis: accounts and rates are taken from it in blocks, and used without asking anybody."""
