"""The control API: how a test, a benchmark or the demo moves the sandbox about."""
