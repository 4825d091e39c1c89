"""What the sandbox sends to an app: signed events, button presses, and their response URLs."""
