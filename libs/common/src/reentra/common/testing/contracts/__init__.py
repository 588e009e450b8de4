"""What every adapter of a port promises, written once. A test module inherits the suite and gives its fixture."""

from hypothesis import HealthCheck

SHARED_SUITE = (HealthCheck.function_scoped_fixture, HealthCheck.differing_executors, HealthCheck.too_slow)
"""What Hypothesis warns about and an inherited suite does on purpose: one store for all examples (each cleans up or
keeps to itself), and several classes that run one test."""
