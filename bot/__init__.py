"""The desk: everything between a slash command in Slack and a call to Cognito."""
