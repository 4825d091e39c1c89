"""Opening a DM before a post that shows a custom name or icon."""

import json

from broadcasts.sending.rows import Due
from teams.answers import Answer, Ok
from teams.poster import Poster, TooLate


async def open_dm(poster: Poster, token: str, due: Due, deadline: float) -> Answer | TooLate | None:
    """Put the DM's id on the row; the answer instead when Slack gave none.

    Opening twice does no harm: https://docs.slack.dev/reference/methods/conversations.open
    """
    body = json.dumps({"users": due.slack_id}).encode()
    answer = await poster.post("conversations.open", body, token=token, deadline=deadline)
    match answer:
        case Ok(data={"channel": {"id": str(channel)}}):
            due.dm_channel = channel
            return None
        case _:
            return answer
