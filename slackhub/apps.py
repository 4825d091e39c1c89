from django.apps import AppConfig


class SlackhubConfig(AppConfig):
    name = "slackhub"
    verbose_name = "SlackHub"
