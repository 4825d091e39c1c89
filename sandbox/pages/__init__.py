"""What a person sees: the consent page, the workspaces and their conversations."""
