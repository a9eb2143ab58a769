"""Management of the revocation store."""
