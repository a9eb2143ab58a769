"""The site that the contenders serve: products of 9 columns, written by hand in plain Django."""
