"""Why a bot asks for each scope, in one sentence for whoever installs it."""

REASONS = {
    "app_mentions:read": "See the messages that mention the bot, so that it can answer them.",
    "channels:history": "Read public channels that the bot was invited to, to answer there.",
    "channels:read": "See the list of public channels, so that one can be chosen to post to.",
    "chat:write": "Post messages as the bot: the reason why it exists.",
    "chat:write.customize": "Show the name and the picture of the team that a message comes from.",
    "chat:write.public": "Post in a public channel that was chosen without being invited first.",
    "commands": "Offer slash commands.",
    "groups:read": "See the private channels that the bot was invited to.",
    "im:history": "Read what people write to the bot in its own direct messages, to answer them.",
    "im:read": "See its own direct messages with people.",
    "im:write": "Open a direct message with a person.",
    "metadata.message:read": "Hear from Slack which of its own messages were posted.",
    "reactions:write": "Mark a message that was dealt with.",
    "team:read": "Know the name and the address of the workspace.",
    "usergroups:read": "See user groups, so that one can be chosen as the audience.",
    "users:read": "Know people's names and time zones, and who has left, to greet and reach them.",
    "users:read.email": "Know people's e-mail addresses, to match them with a list of yours.",
}
UNEXPLAINED = "Slack's next page explains it; you can cancel there."


def explained(scopes: list[str]) -> list[tuple[str, str]]:
    """Each scope with its reason."""
    return [(scope, REASONS.get(scope, UNEXPLAINED)) for scope in scopes]
