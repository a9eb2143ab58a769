"""The questions: each module has `QUESTIONS`, its parts by name."""
