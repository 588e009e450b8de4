"""What is right in a restore: from wanted state and live state to ordered steps. Pure."""
