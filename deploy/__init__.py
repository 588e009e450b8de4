"""How Reentra's surroundings are brought up: real servers for tests and for trying the distributed profile."""
