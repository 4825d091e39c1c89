"""What SlackHub's delivery costs, measured against a local Slack: `make bench`."""
