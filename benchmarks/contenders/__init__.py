"""The adapters: one module a contender, one function a work. It sets the work up and returns what takes a sample."""
