"""Training: from a folder of photographs to weights."""
