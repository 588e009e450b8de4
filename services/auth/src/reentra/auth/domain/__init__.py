"""The rules: what a good certificate is, what an ID token must say, how secrets are hashed. Pure."""
