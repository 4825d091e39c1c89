"""What each scope means to the person who is asked for it."""

_SENTENCES = {
    "app_mentions:read": "See messages that mention it directly",
    "channels:history": "See messages in public channels it has been added to",
    "channels:join": "Join public channels",
    "channels:read": "See basic information about public channels",
    "chat:write": "Send messages as itself",
    "chat:write.customize": "Send messages with a custom name and picture",
    "chat:write.public": "Send messages to channels it is not a member of",
    "commands": "Add shortcuts and slash commands that people can use",
    "groups:history": "See messages in private channels it has been added to",
    "groups:read": "See basic information about private channels it has been added to",
    "im:history": "See messages in direct messages with it",
    "im:read": "See basic information about direct messages with it",
    "im:write": "Start direct messages with people",
    "metadata.message:read": "See the metadata of messages",
    "mpim:read": "See basic information about group direct messages with it",
    "reactions:read": "See reactions to messages",
    "reactions:write": "Add reactions to messages",
    "team:read": "See the name, domain and icon of this workspace",
    "usergroups:read": "See user groups",
    "users:read": "See the people in this workspace",
    "users:read.email": "See the e-mail addresses of people in this workspace",
}


def sentence(scope: str) -> str:
    return _SENTENCES.get(scope, "Use the permission that is named so")
