"""Made-up people, the same ones on every start: names, time zones, guests, and names that hurt."""

from collections.abc import Iterator
from random import Random

from sandbox.world.ids import slack_id
from sandbox.world.workspace import Doc

CREATED = 1_760_000_000
"""The second at which every made-up thing was made."""

GIVEN = [
    "Ada",
    "Amara",
    "Anouk",
    "Arjun",
    "Bao",
    "Beatriz",
    "Bram",
    "Chidi",
    "Chloé",
    "Dagny",
    "Diego",
    "Elif",
    "Emeka",
    "Farah",
    "Femke",
    "Giulia",
    "Hana",
    "Hugo",
    "Ines",
    "Ioana",
    "Jonas",
    "Jun",
    "Kaja",
    "Kofi",
    "Lars",
    "Leila",
    "Lina",
    "Luca",
    "Mabel",
    "Mateo",
    "Mei",
    "Mina",
    "Nadia",
    "Niels",
    "Noor",
    "Olga",
    "Omar",
    "Paula",
    "Priya",
    "Quinn",
    "Rafael",
    "Ravi",
    "Rosa",
    "Sana",
    "Sofia",
    "Søren",
    "Tariq",
    "Tomás",
    "Uma",
    "Vera",
    "Wanjiru",
    "Wei",
    "Yara",
    "Yuki",
    "Zanele",
    "Zoë",
]
FAMILY = [
    "Abebe",
    "Adeyemi",
    "Andersson",
    "Baptiste",
    "Becker",
    "Bianchi",
    "Castillo",
    "Chen",
    "Costa",
    "Dahl",
    "Demir",
    "Diallo",
    "Dubois",
    "Eriksen",
    "Fischer",
    "Garcia",
    "Gupta",
    "Haddad",
    "Hansen",
    "Ito",
    "Jansen",
    "Kamau",
    "Khan",
    "Kim",
    "Kowalska",
    "Lindqvist",
    "Lopez",
    "Mbeki",
    "Moreau",
    "Müller",
    "Nakamura",
    "Novák",
    "Nguyen",
    "Okafor",
    "Oliveira",
    "Owusu",
    "Park",
    "Petrov",
    "Reyes",
    "Rossi",
    "Sato",
    "Schmidt",
    "Silva",
    "Singh",
    "Sørensen",
    "Tanaka",
    "Torres",
    "Vargas",
    "Wang",
    "Weber",
    "Yılmaz",
    "Zhou",
]
ZONES = (
    ("America/Los_Angeles", "Pacific Standard Time", -28800),
    ("America/New_York", "Eastern Standard Time", -18000),
    ("America/Sao_Paulo", "Brasilia Standard Time", -10800),
    ("Europe/London", "Greenwich Mean Time", 0),
    ("Europe/Berlin", "Central European Time", 3600),
    ("Africa/Nairobi", "East Africa Time", 10800),
    ("Asia/Kolkata", "India Standard Time", 19800),
    ("Asia/Tokyo", "Japan Standard Time", 32400),
    ("Australia/Sydney", "Australian Eastern Daylight Time", 39600),
)
HURTING = (
    "<!channel>",
    "Fish & Chips <b>Ltd</b>",
    "שרה כהן",
    "محمد العربي",
    "🦊 Fox 👩‍🚀",
    "O'Brien *bold* _it_ `code` ~no~",
    "{{ first_name }} {% raw %}",
    "Maximiliana Konstantinopolitanska-Bartholomäussen von Hohenzollern-Sigmaringen X",
)
"""Each does harm to a careless reader: mentions, markup, direction, width, length (80)."""
BOTS = ("Calendar", "Build Bot", "Polly")
_COLORS = ("9f69e7", "4bbe2e", "e7392d", "3c989f", "674b1b", "e96699", "684b6c", "2b6836")


def person(
    team_id: str,
    user_id: str,
    real_name: str,
    *,
    handle: str,
    zone: tuple[str, str, int] = ZONES[3],
    display_name: str = "",
    email: str | None = None,
) -> Doc:
    """A user document in the shape of users.list."""
    first, _, last = real_name.partition(" ")
    profile: Doc = {
        "real_name": real_name,
        "real_name_normalized": real_name,
        "display_name": display_name,
        "display_name_normalized": display_name,
        "first_name": first,
        "last_name": last,
        "title": "",
        "phone": "",
        "status_text": "",
        "status_emoji": "",
        "status_expiration": 0,
        "team": team_id,
    }
    if email:
        profile["email"] = email
    return {
        "id": user_id,
        "team_id": team_id,
        "name": handle,
        "deleted": False,
        "color": _COLORS[sum(user_id.encode()) % len(_COLORS)],
        "real_name": real_name,
        "tz": zone[0],
        "tz_label": zone[1],
        "tz_offset": zone[2],
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": False,
        "is_app_user": False,
        "updated": CREATED,
        "is_email_confirmed": True,
        "who_can_share_contact_card": "EVERYONE",
    }


def bot_user(team_id: str, user_id: str, name: str, *, app_id: str, bot_id: str) -> Doc:
    """The user that a bot writes as."""
    user = person(team_id, user_id, name, handle=name.lower().replace(" ", ""))
    user.update(is_bot=True, is_email_confirmed=False, tz="America/Los_Angeles")
    user["profile"].update(bot_id=bot_id, api_app_id=app_id, always_active=True)
    return user


def deactivate(user: Doc) -> None:
    """Mark a person as gone; Slack then leaves out the zone and the top-level name."""
    user["deleted"] = True
    for key in ("tz", "tz_label", "tz_offset", "real_name"):
        user.pop(key, None)


def slackbot(team_id: str) -> Doc:
    """Slack's own bot, which says of itself that it is none."""
    user = person(team_id, "USLACKBOT", "Slackbot", handle="slackbot", display_name="Slackbot")
    user.update(is_email_confirmed=False, updated=0)
    return user


def crowd(team_id: str, domain: str, reachable: int) -> Iterator[Doc]:
    """`reachable` people, and beside them bots, a stranger, Slackbot and some who left."""
    random = Random(domain)
    for number in range(reachable):
        user = _somebody(team_id, domain, number, random)
        if number == 0:
            user.update(is_admin=True, is_owner=True, is_primary_owner=True)
        elif number % 25 == 24:
            user.update(is_restricted=True, is_ultra_restricted=number % 50 == 49)
        yield user
    for number in range(reachable, reachable + max(1, reachable // 20)):
        user = _somebody(team_id, domain, number, random)
        deactivate(user)
        yield user
    stranger = _somebody(team_id, domain, -1, random)
    stranger["is_stranger"] = True
    stranger["team_id"] = slack_id("T", domain, "partner")
    yield stranger
    for name in BOTS:
        app_id, bot_id = slack_id("A", name), slack_id("B", domain, name)
        yield bot_user(team_id, slack_id("U", domain, name), name, app_id=app_id, bot_id=bot_id)
    yield slackbot(team_id)


def _somebody(team_id: str, domain: str, number: int, random: Random) -> Doc:
    first, last = random.choice(GIVEN), random.choice(FAMILY)
    hurting = 3 <= number < 3 + len(HURTING)
    real_name = HURTING[number - 3] if hurting else f"{first} {last}"
    handle = f"{first}.{last}{number if number >= 0 else 'x'}".lower()
    return person(
        team_id,
        slack_id("U", domain, str(number)),
        real_name,
        handle=handle,
        zone=ZONES[number % len(ZONES)],
        display_name="" if number % 3 else real_name.partition(" ")[0],
        email=f"person{number}@{domain}.example",
    )
