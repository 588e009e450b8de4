"""The rules of the door: who may do what, cursors, ranges, which snapshot is meant. Pure."""
