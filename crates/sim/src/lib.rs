//! Simulated providers on loopback: they behave as the real ones do, limits and faults included.
