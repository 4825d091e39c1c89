"""Opening a DM before a post that shows a custom name or icon."""

import json
import logging

from redis.exceptions import RedisError

from broadcasts.sending.pacing import Pacer
from broadcasts.sending.refusals import lacks_scope
from broadcasts.sending.rows import Due
from teams.answers import Ambiguous, Answer, NotNow, Ok, Unreachable
from teams.poster import Poster, TooLate

logger = logging.getLogger(__name__)

# Seconds until a person's DM is asked for again.
ASK_AGAIN = 30.0


async def open_dm(
    poster: Poster, pacer: Pacer, due: Due, *, token: str, deadline: float
) -> str | Answer | TooLate:
    """The DM's id; or the answer for this recipient when Slack gave none, or is not to be asked.

    Opening twice does no harm: https://docs.slack.dev/reference/methods/conversations.open
    """
    if wait := await _wait(pacer, due.team):
        sentence = "Slack opens fifty direct messages a minute in a workspace."
        return NotNow("dm_waits", sentence, wait, "recipient")
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


async def _wait(pacer: Pacer, team: int) -> float:
    try:
        return await pacer.open_wait(team)
    except RedisError as error:
        logger.warning("Redis is away, a direct message is opened all the same: %s", error)
        return 0.0
