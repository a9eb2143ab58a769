"""Migrations of the revocation store."""
