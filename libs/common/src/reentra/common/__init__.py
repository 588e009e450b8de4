"""What two Reentra services need and none of them owns."""
