"""Benchmarks: every figure is a ratio to a floor measured in the same run; absolute speeds of shared machines mean little."""
