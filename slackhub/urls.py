"""Addresses of the hub."""

from django.contrib import admin
from django.urls import include, path

from slackhub import health, views

urlpatterns = [
    path("", views.home, name="home"),
    path("installed/<slug:slug>/", views.installed, name="installed"),
    path("install-failed/<slug:slug>/", views.install_failed, name="install_failed"),
    path("privacy/", views.privacy, name="privacy"),
    path("support/", views.support, name="support"),
    path("robots.txt", views.robots),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("admin/", admin.site.urls),
    path("", include("bots.urls")),
]
