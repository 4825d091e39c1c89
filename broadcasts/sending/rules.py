"""What a sender learns and doubts by; tests take other figures to wait less."""

from dataclasses import dataclass

from broadcasts.sending import learning, outage


@dataclass(frozen=True, slots=True)
class SenderRules:
    """The lanes' paces, and when Slack is taken to be away."""

    pace: learning.Rules = learning.RULES
    doubt: outage.Rules = outage.RULES


RULES = SenderRules()
