"""What a Slack app asks for so that Slack can tell what became of its posts. Pure."""

# The type of metadata that the app subscribes to; posts beyond Slack's limit carry another.
DELIVERY_EVENT = "slackhub_delivery"
METADATA_SCOPE = "metadata.message:read"
# Opening a DM tells its channel when not even the answer to its first message came.
HISTORY_SCOPES = ("im:history", "im:write")
