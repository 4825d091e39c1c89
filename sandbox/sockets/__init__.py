"""Socket Mode: what an app gets over WebSockets instead of at its request URL."""
