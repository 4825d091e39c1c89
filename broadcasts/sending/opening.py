"""Opening a DM before a post that shows a custom name or icon."""

import json

from broadcasts.sending.refusals import lacks_scope
from broadcasts.sending.rows import Due
from teams.answers import Ambiguous, Answer, NotNow, Ok, Unreachable
from teams.poster import Poster, TooLate

# Seconds until a person's DM is asked for again.
ASK_AGAIN = 30.0


async def open_dm(poster: Poster, token: str, due: Due, deadline: float) -> str | Answer | TooLate:
    """The DM's id; or the answer for this recipient when Slack gave none.

    Opening twice does no harm: https://docs.slack.dev/reference/methods/conversations.open
    """
    body = json.dumps({"users": due.slack_id}).encode()
    answer = await poster.post("conversations.open", body, token=token, deadline=deadline)
    match answer:
        case Ok(data={"channel": {"id": str(channel)}}):
            return channel
        case Ok() | Ambiguous():
            # Nothing was posted, whatever became of the opening.
            return NotNow("dm_not_opened", "Slack did not say which DM.", ASK_AGAIN, "recipient")
        case NotNow(code=code, sentence=sentence, wait=wait):
            # Its limit is its own: posts of this team go on.
            return NotNow(code, sentence, max(wait, 1.0), "recipient")
        case _ if lacks_scope(answer):
            sentence = "A message with its own sender needs the scope im:write in this team."
            return Unreachable(answer.code, sentence)
        case _:
            return answer
