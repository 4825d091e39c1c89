"""Why an install did not come about, in words for the person who tried. Pure."""

import re
from typing import NamedTuple


class Reason(NamedTuple):
    title: str
    sentence: str


# By the code that stands in the address of the page; Slack's codes and our own.
REASONS: dict[str, Reason] = {
    "access_denied": Reason(
        "You cancelled the installation",
        "Nothing was installed. Start again whenever you like.",
    ),
    "invalid_state": Reason(
        "This link has been used or is too old",
        "If you have just installed the app, all is well. Otherwise start again: each attempt is "
        "good once and for ten minutes.",
    ),
    "invalid_browser": Reason(
        "This browser did not start the installation",
        "Start and finish it in the same browser, with cookies allowed, within ten minutes.",
    ),
    "missing_code": Reason(
        "Slack's answer was incomplete",
        "Nothing was installed. Please start again.",
    ),
    "invalid_code": Reason(
        "Slack does not know this code",
        "Slack's codes are good for ten minutes only. Please start again.",
    ),
    "code_already_used": Reason(
        "This code has been used already",
        "If you have just installed the app, all is well. Otherwise please start again.",
    ),
    "not_configured": Reason(
        "This app is not set up yet",
        "Its client ID or client secret is missing. Please tell the people who run this site.",
    ),
    "invalid_client_id": Reason(
        "This app is not set up correctly",
        "Slack does not know its client ID. Please tell the people who run this site.",
    ),
    "bad_client_secret": Reason(
        "This app is not set up correctly",
        "Slack does not accept its client secret. Please tell the people who run this site.",
    ),
    "bad_redirect_uri": Reason(
        "This app is not set up correctly",
        "Its redirect URL is not registered at Slack. Please tell the people who run this site.",
    ),
    "slack_unavailable": Reason(
        "Slack did not answer",
        "Nothing was installed. Please try again in a minute.",
    ),
    "invalid_answer": Reason(
        "Slack's answer could not be understood",
        "It was an invalid OAuth response. Please start again.",
    ),
    "storage_error": Reason(
        "The installation could not be saved",
        "Something failed on our side. Please try again in a minute.",
    ),
    "failed": Reason(
        "The app was not installed",
        "Something went wrong on the way. Please start again.",
    ),
    "vetoed": Reason(
        "This workspace cannot install the app here",
        "The people who run this site do not take it. Please ask them.",
    ),
}

_CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")


def well_formed(code: str) -> str:
    """The code as it may stand in an address; `failed` for what is no code at all."""
    return code if _CODE.fullmatch(code) else "failed"


def explain(code: str) -> Reason:
    """Title and sentence for any code; one of Slack's that we have no words for is named."""
    code = well_formed(code)
    return REASONS.get(code) or Reason(
        REASONS["failed"].title,
        f"Slack's reason: {code}. Please start again, or ask the administrators of your workspace.",
    )
