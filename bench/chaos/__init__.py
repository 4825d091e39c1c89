"""The crash test: a hub whose every part is killed while it sends, judged by the local Slack."""
