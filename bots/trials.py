"""What would become of what somebody says, before a reply goes live. Nothing is posted."""

from dataclasses import dataclass

from django.db.models import Q

from bots.canned import Answer, Reply
from bots.models import Bot
from bots.scripts.hearing import words_to
from broadcasts.templating import TemplateError


@dataclass(frozen=True)
class Trial:
    """What would become of these words."""

    said: str
    verdict: str
    text: str = ""

    @classmethod
    def of(cls, reply: Reply, said: str) -> "Trial":
        """What this reply would make of them, whether it is on or not."""
        words = _words(said, reply.bot)
        found = reply.match(words)
        if found is None:
            return cls(said, "This reply does not answer that.")
        trial = cls._sample(said, Answer(reply, words, found))
        first = _before(reply, words) if trial.text else ""
        return cls(said, first or trial.verdict, trial.text)

    @classmethod
    def of_bot(cls, bot: Bot, said: str) -> "Trial":
        """What the bot's replies that are on would make of them."""
        replies = Reply.objects.filter(bot=bot, enabled=True).order_by("order", "pk")
        found = replies.find(_words(said, bot))
        if found is None:
            return cls(said, "None of its replies that are on answers that.")
        trial = cls._sample(said, found)
        return cls(said, f"{found.reply}. {trial.verdict}", trial.text)

    @classmethod
    def _sample(cls, said: str, found: Answer) -> "Trial":
        try:
            text = found.sample()
        except TemplateError as error:
            return cls(said, f"It would answer, but its text fails: {error}.")
        if not text:
            return cls(said, "It would answer with nothing: the text is empty for these words.")
        return cls(said, "It answers (here to an invented person):", text)


def _words(said: str, bot: Bot | None) -> str:
    """As they reach the replies: without the bot's name, in single spaces."""
    words = words_to((bot.name,) if bot else (), said, bot_user_id="", direct=True)
    return " ".join((words or "").split())


def _before(reply: Reply, words: str) -> str:
    """The sentence about a reply that is on, and would answer first somewhere."""
    others = Reply.objects.filter(Q(bot=None) | Q(bot__enabled=True), enabled=True)
    earlier = [other for other in others.select_related("bot") if other.turn < reply.turn]
    for other in sorted(earlier, key=lambda each: each.turn):
        if other.match(words) is not None and _meet(reply, other):
            return f"Where both are heard, another one answers first: {other}. This one would say:"
    return ""


def _meet(one: Reply, other: Reply) -> bool:
    """Whether there is a team that hears both."""
    return one.served().filter(pk__in=other.served()).exists()
