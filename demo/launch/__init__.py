"""What `demo/run.py` does before and around the server: options, data folder, loading, banner."""
