"""Addresses that are registered at Slack for each app."""

from django.urls import path

from bots import views

urlpatterns = [
    path("slack/<slug:slug>/events", views.events, name="slack-events"),
    path("slack/<slug:slug>/install", views.oauth, name="slack-install"),
    path("slack/<slug:slug>/oauth_redirect", views.oauth, name="slack-oauth-redirect"),
]
