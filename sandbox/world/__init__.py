"""What the sandbox is made of: workspaces, their people and channels, apps and installations."""
