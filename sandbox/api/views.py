"""views.open, push, update and publish: modals, and the Home tab of an app."""

from sandbox.api.errors import SlackError, bad_arguments
from sandbox.api.methods import T4, Call, method
from sandbox.api.view_content import read_view
from sandbox.events.triggers import Trigger
from sandbox.world.views import MOST, View
from sandbox.world.workspace import Doc


@method("views.open", tier=T4)
def views_open(call: Call) -> Doc:
    content = read_view(call, "modal")
    _check_external_id(call, content)
    trigger = _trigger(call)
    return _answer(call.sandbox.views.open(call.installation, trigger.user_id, content))


@method("views.push", tier=T4)
def views_push(call: Call) -> Doc:
    """On top of the modal in which the trigger's act was done."""
    content = read_view(call, "modal")
    _check_external_id(call, content)
    trigger, views = _trigger(call), call.sandbox.views
    stack = views.stack(call.workspace.team_id, trigger.user_id)
    if not any(view.id == trigger.view_id for view in stack):
        raise SlackError("not_found")
    if len(stack) >= MOST:
        raise SlackError("push_limit_reached")
    return _answer(views.push(stack[-1], content))


@method("views.update", tier=T4)
def views_update(call: Call) -> Doc:
    view_id = str(call.args.get("view_id") or "")
    external_id = str(call.args.get("external_id") or "")
    if not (view_id or external_id):
        raise bad_arguments("one of view_id and external_id is required")
    view = call.sandbox.views.find(call.installation, view_id=view_id, external_id=external_id)
    if view is None:
        raise SlackError("not_found")
    content = read_view(call, str(view.content["type"]))
    _check_external_id(call, content, view)
    _check_hash(call, view)
    view.fill(content)
    return _answer(view)


@method("views.publish", tier=T4)
def views_publish(call: Call) -> Doc:
    """At any time, without a trigger."""
    user_id = call.text("user_id")
    content = read_view(call, "home")
    if user_id not in call.workspace.users:
        raise bad_arguments("invalid `user_id`")
    if not call.installation.app.home_tab:
        raise SlackError("not_enabled")
    view = call.sandbox.views.home(call.installation, user_id)
    _check_external_id(call, content, view)
    _check_hash(call, view)
    return _answer(call.sandbox.views.publish(call.installation, user_id, content))


def _trigger(call: Call) -> Trigger:
    return call.sandbox.triggers.exchange(call.text("trigger_id"), call.installation)


def _check_external_id(call: Call, content: Doc, own: View | None = None) -> None:
    """An app's own name for a view is unique while the view is there."""
    external_id = str(content["external_id"])
    if external_id:
        other = call.sandbox.views.find(call.installation, view_id="", external_id=external_id)
        if other is not None and other is not own:
            raise SlackError("duplicate_external_id")


def _check_hash(call: Call, view: View | None) -> None:
    """Who names the hash wants to change that version alone."""
    wanted = call.args.get("hash")
    if wanted and view is not None and wanted != view.hash:
        raise SlackError("hash_conflict")


def _answer(view: View) -> Doc:
    return {"ok": True, "view": view.document()}
