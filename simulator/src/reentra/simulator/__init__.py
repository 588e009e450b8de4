"""A simulated Microsoft cloud: sign-in and Graph."""
