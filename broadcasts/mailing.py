"""Notices by mail, for those who do not look at the admin all day."""

from datetime import datetime
from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import send_mail

from broadcasts.models import Notice


def mail_notices(now: datetime) -> int:
    """One mail about all that is open and was not mailed yet; how many notices it names.

    Marked after it was sent: a worker that dies in between sends it twice rather than never.
    Raises OSError when the mail server cannot be reached or refuses; the next call tries again.
    """
    if not settings.NOTICE_EMAILS:
        return 0
    notices = list(Notice.objects.open().filter(mailed_at=None).order_by("created_at", "pk"))
    if not notices:
        return 0
    more = f" (and {len(notices) - 1} more)" if len(notices) > 1 else ""
    body = "\n\n".join(f"{notice.sentence}\n{_address(notice)}" for notice in notices)
    send_mail(
        subject=f"SlackHub needs you: {notices[0].sentence[:100]}{more}",
        message=body,
        from_email=None,
        recipient_list=settings.NOTICE_EMAILS,
    )
    Notice.objects.filter(pk__in=[notice.pk for notice in notices]).update(mailed_at=now)
    return len(notices)


def _address(notice: Notice) -> str:
    return urljoin(settings.PUBLIC_URL, notice.address)
