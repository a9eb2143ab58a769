"""The management command and what it looks at."""
