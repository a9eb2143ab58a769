"""What `RestflowAutoSchema` is made of: one class for each part of an operation, each over those that it asks."""
