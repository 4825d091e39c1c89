"""A local Slack for the demo, the tests and the benchmarks: see docs/reference/sandbox.md."""
