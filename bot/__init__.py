"""The desk: everything between a slash command in Slack and a call to Cognito."""


class OperatorError(Exception):
    """Something has to be put right before this can run; the message says what, and how."""
