"""The web page on which people use the workspace: it feels like Slack and needs no account."""

from sandbox.slack.page.routes import mount_page

__all__ = ["mount_page"]
