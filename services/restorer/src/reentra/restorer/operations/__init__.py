"""What the restorer does: plan a restore, carry it out, read it back."""
