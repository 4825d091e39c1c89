"""The Web API of the sandbox: one file per family of methods, plus limits and faults."""
