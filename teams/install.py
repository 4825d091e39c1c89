"""Installing an app in a workspace: Bolt's OAuth flow with our stores, our door and our pages."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core import signing
from django.urls import reverse
from slack_bolt.oauth import OAuthFlow
from slack_bolt.oauth.callback_options import CallbackOptions, FailureArgs, SuccessArgs
from slack_bolt.oauth.oauth_settings import OAuthSettings
from slack_bolt.request import BoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.oauth.installation_store import Installation

from teams import hooks, slack
from teams.answers import Ambiguous, Answer, NotNow, Ok
from teams.models import SlackApp, Team
from teams.reasons import well_formed
from teams.stores import STATE_LIFE, InstallStore, StateStore, grant_of

DONE_SALT = "teams.install.done"
SAID_SALT = "teams.install.said"
_SLACK_ID = re.compile(r"[TE][A-Z0-9]{1,30}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class InstallRefused(Exception):
    """The installation did not come about; `reason` is a code of reasons.py or of Slack's."""

    def __init__(self, reason: str, sentence: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.sentence = sentence


def build_flow(slack_app: SlackApp) -> OAuthFlow:
    """The flow of one app, for Bolt's App and its Django adapter.

    It reads the credentials when it needs them, so it outlives changes of the row.
    """
    return HubFlow(slack_app)


class HubFlow(OAuthFlow):
    """Bolt's flow; what it asks of Slack goes through the door and every failure has a reason."""

    def __init__(self, slack_app: SlackApp) -> None:
        self._pk = slack_app.pk
        self._slug = slack_app.slug
        self._done_cookie = f"slackhub-installed-{slack_app.slug}"
        base = f"/slack/{slack_app.slug}"
        super().__init__(
            client=slack.web_client(),
            settings=OAuthSettings(
                # Bolt looks into the environment for what is empty.
                client_id=slack_app.client_id or "not-configured",
                client_secret=slack_app.client_secret or "not-configured",
                scopes=slack_app.scope_list,
                user_scopes=[],
                redirect_uri=f"{settings.PUBLIC_URL}{base}/oauth_redirect",
                install_path=f"{base}/install",
                install_page_rendering_enabled=False,
                redirect_uri_path=f"{base}/oauth_redirect",
                authorization_url=f"{settings.SLACK_URL}/oauth/v2/authorize",
                callback_options=CallbackOptions(success=self._succeed, failure=self._fail),
                installation_store=InstallStore(slack_app),
                state_store=StateStore(slack_app),
                state_cookie_name=f"slackhub-state-{slack_app.slug}",
                state_expiration_seconds=int(STATE_LIFE.total_seconds()),
            ),
        )

    def handle_installation(self, request: BoltRequest) -> BoltResponse:
        try:
            self._ready_app()
        except InstallRefused as refusal:
            return self._failed(refusal.reason)
        if _is_other_loopback_name(request):
            # Cookies belong to one name: start where Slack will send the browser back to.
            return _redirect(f"{settings.PUBLIC_URL}{self.install_path}")
        return super().handle_installation(request)

    def build_authorize_url(self, state: str, request: BoltRequest) -> str:
        app = self._ready_app()
        query = {
            "client_id": app.client_id,
            "scope": ",".join(app.scope_list),
            "user_scope": "",
            "redirect_uri": self.redirect_uri or "",
            "state": state,
        }
        team = _first(request, "team")
        if _SLACK_ID.fullmatch(team):
            query["team"] = team
        return f"{self.settings.authorization_url}?{urlencode(query, safe=',:/')}"

    def handle_callback(self, request: BoltRequest) -> BoltResponse:
        """Bolt's checks in Bolt's order; a page that is reloaded after success stays a success."""
        team = self._done_before(request)
        if team:
            return _redirect(self._after_install(team))
        try:
            return super().handle_callback(request)
        except InstallRefused as refusal:
            return self._failed(refusal.reason, refusal.sentence)

    def store_installation(self, request: BoltRequest, installation: Installation) -> None:
        """Unless a hook says no: then nothing is stored, and the token ends.

        An installation that stands is not asked about: the new token may have ended its old one.

        Raises:
            InstallRefused: the hook's veto.
        """
        app = SlackApp.objects.get(pk=self._pk)
        grant = grant_of(installation)
        if not Team.objects.living(app, grant).exists():
            try:
                hooks.run_installing(app, grant)
            except hooks.Veto as veto:
                slack.call("auth.revoke", token=grant.bot_token)
                raise InstallRefused("vetoed", veto.sentence) from veto
        super().store_installation(request, installation)

    def run_installation(self, code: str) -> Installation:
        """Trade the code for a token and see whose it is.

        Raises:
            InstallRefused: nothing was granted, or the app has no credentials to ask with.
        """
        app = self._ready_app()
        answer = slack.exchange_code(
            client_id=app.client_id,
            client_secret=app.client_secret,
            code=code,
            redirect_uri=self.redirect_uri or "",
        )
        if not isinstance(answer, Ok):
            raise InstallRefused(_reason(answer))
        token = answer.data.get("access_token")
        if not isinstance(token, str) or not token:
            raise InstallRefused("invalid_answer")
        # Decoration only: the install stands without it, and a sync asks again.
        identity = slack.test_token(token)
        return _installation(answer.data, identity.data if isinstance(identity, Ok) else {})

    def _ready_app(self) -> SlackApp:
        app = SlackApp.objects.get(pk=self._pk)
        if not (app.client_id and app.client_secret):
            raise InstallRefused("not_configured")
        return app

    def _succeed(self, args: SuccessArgs) -> BoltResponse:
        installation = args.installation
        team = installation.team_id or installation.enterprise_id or ""
        done = signing.dumps({"state": _first(args.request, "state"), "team": team}, salt=DONE_SALT)
        seconds = int(STATE_LIFE.total_seconds())
        return _redirect(
            self._after_install(team),
            self.settings.state_utils.build_set_cookie_for_deletion(),
            f"{self._done_cookie}={done}; Path={self.redirect_uri_path}; Max-Age={seconds}",
        )

    def _fail(self, args: FailureArgs) -> BoltResponse:
        return self._failed(args.reason)

    def _failed(self, reason: str, sentence: str = "") -> BoltResponse:
        page = reverse("install_failed", args=(self._slug,))
        query = {"reason": well_formed(reason)}
        if sentence:
            # Signed: nobody else puts words on our page.
            query["said"] = signing.dumps(sentence, salt=SAID_SALT)
        return _redirect(f"{page}?{urlencode(query)}")

    def _after_install(self, team: str) -> str:
        return f"{reverse('installed', args=(self._slug,))}?{urlencode({'team': team})}"

    def _done_before(self, request: BoltRequest) -> str:
        """The team that this very state has installed in this browser; empty for none."""
        for cookie in request.headers.get("cookie", []):
            for pair in cookie.split(";"):
                name, _, value = pair.strip().partition("=")
                if name != self._done_cookie:
                    continue
                try:
                    done = signing.loads(value.strip('"'), salt=DONE_SALT, max_age=STATE_LIFE)
                except signing.BadSignature:
                    return ""
                return str(done["team"]) if done["state"] == _first(request, "state") else ""
        return ""


def _first(request: BoltRequest, name: str) -> str:
    values = request.query.get(name) or [""]
    return str(values[0])


def _redirect(address: str, *cookies: str) -> BoltResponse:
    headers: dict[str, str | Sequence[str]] = {"Location": address}
    if cookies:
        headers["Set-Cookie"] = list(cookies)
    return BoltResponse(status=302, body="", headers=headers)


def _is_other_loopback_name(request: BoltRequest) -> bool:
    host = urlsplit(f"//{request.headers.get('host', [''])[0]}").hostname
    return settings.LOOPBACK and host in _LOOPBACK and host != settings.PUBLIC_HOST


def _reason(answer: Answer) -> str:
    if isinstance(answer, NotNow | Ambiguous):
        return "slack_unavailable"
    return "invalid_answer" if isinstance(answer, Ok) else answer.code


def _installation(data: Mapping[str, object], identity: Mapping[str, object]) -> Installation:
    """Bolt's record of one answer of oauth.v2.access.

    Raises:
        InstallRefused: it names neither a workspace nor an organisation, or no bot.
    """
    team, enterprise = _object(data, "team"), _object(data, "enterprise")
    is_org_install = data.get("is_enterprise_install") is True
    bot_user_id = data.get("bot_user_id")
    if not (enterprise if is_org_install else team).get("id") or not bot_user_id:
        raise InstallRefused("invalid_answer")
    seconds = data.get("expires_in")
    host = urlsplit(str(identity.get("url") or "")).hostname or ""
    return Installation(
        app_id=_text(data, "app_id"),
        enterprise_id=_text(enterprise, "id"),
        enterprise_name=_text(enterprise, "name"),
        team_id=_text(team, "id"),
        team_name=_text(team, "name") or _text(identity, "team"),
        bot_token=_text(data, "access_token"),
        bot_id=_text(identity, "bot_id"),
        bot_user_id=str(bot_user_id),
        bot_scopes=_text(data, "scope"),
        bot_refresh_token=_text(data, "refresh_token"),
        bot_token_expires_in=seconds if isinstance(seconds, int) else None,
        user_id=_text(_object(data, "authed_user"), "id"),
        is_enterprise_install=is_org_install,
        token_type=_text(data, "token_type"),
        custom_values={"domain": host.partition(".")[0]},
    )


def _object(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = data.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""
